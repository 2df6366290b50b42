import type {
  DayReport,
  DaySynchronized,
  RunCounts,
  RunRequest,
  SyncRunCommand,
  SyncRunEvent,
} from '../src/sync-run';

export const runId = '6f0b2f3e-0000-4000-8000-00000000000a';
export const sourceId = '6f0b2f3e-0000-4000-8000-000000000001';

export const none: RunCounts = {
  read: 0,
  inserted: 0,
  changed: 0,
  unchanged: 0,
  deleted: 0,
  quarantined: 0,
  withheld: 0,
};

export function requestOf(over: Partial<RunRequest> = {}): RunRequest {
  return {
    runId,
    sourceId,
    type: 'incremental',
    period: null,
    resync: false,
    dryRun: false,
    trigger: { kind: 'person', actor: 'administrator', occurrence: null },
    requestedAt: '2026-11-23T02:00:00Z',
    ...over,
  };
}

export function dayOf(day: string): DaySynchronized['data'] {
  return {
    runId,
    sourceId,
    day,
    revision: 1,
    snapshotAt: '2026-11-23T02:00:10Z',
    sealed: true,
    outcome: 'synchronized',
    counts: { ...none, read: 1, inserted: 1 },
    elements: 1,
    digest: '7',
    source: { elements: 1, digest: '7' },
    kept: 0,
  };
}

export const problem = { code: 'DAY_DIGEST_MISMATCH', detail: 'unequal twice' };
export const looked: DayReport = { day: '2026-11-20', outcome: 'held', counts: none };
export const end = { days: [looked], counts: [] };

export const commands: {
  readonly [Type in SyncRunCommand['type']]: Extract<SyncRunCommand, { type: Type }>;
} = {
  RequestRun: { type: 'RequestRun', request: requestOf() },
  StartRun: { type: 'StartRun', token: 'another' },
  ResumeRun: { type: 'ResumeRun', token: 'first', attempt: 2 },
  RecordDays: { type: 'RecordDays', days: [dayOf('2026-11-22')] },
  CompleteRun: { type: 'CompleteRun', token: 'first', end },
  FailRun: { type: 'FailRun', token: 'first', end, problem },
  CancelRun: { type: 'CancelRun' },
};

const ids = { runId, sourceId };

export const events: { readonly [Type in SyncRunEvent['type']]: Extract<SyncRunEvent, { type: Type }> } = {
  SyncRequested: { type: 'SyncRequested', data: requestOf() },
  ResyncRequested: { type: 'ResyncRequested', data: requestOf({ type: 'day', resync: true }) },
  SyncStarted: { type: 'SyncStarted', data: { ...ids, token: 'first' } },
  SyncResumed: { type: 'SyncResumed', data: { ...ids, token: 'second', attempt: 2 } },
  DaySynchronized: { type: 'DaySynchronized', data: dayOf('2026-11-21') },
  SyncCompleted: { type: 'SyncCompleted', data: { ...ids, ...end, period: null } },
  SyncFailed: { type: 'SyncFailed', data: { ...ids, ...end, problem } },
  SyncCancelRequested: { type: 'SyncCancelRequested', data: ids },
  SyncCancelled: { type: 'SyncCancelled', data: ids },
};
