export type {
  CancelRun,
  CompleteRun,
  FailRun,
  RecordDays,
  RequestRun,
  ResumeRun,
  StartRun,
  SyncRunCommand,
} from './commands';
export { decideSyncRun } from './decide';
export type {
  DayOutcome,
  DayReport,
  DaySynchronized,
  ResyncRequested,
  RunCounts,
  RunEnd,
  RunProblem,
  SyncCancelled,
  SyncCancelRequested,
  SyncCompleted,
  SyncFailed,
  SyncRequested,
  SyncResumed,
  SyncRunEvent,
  SyncStarted,
} from './events';
export { covers, periodOf, sameWork } from './request';
export type { Asked, Period, RunRequest, RunType, Trigger } from './request';
export { evolveSyncRun, initialSyncRun, isFinished } from './state';
export type { SyncRunState, SyncRunStatus, Underway } from './state';
