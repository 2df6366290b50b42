export { decodeEvent, encodeEvent, isInternal, sourceIdOf } from './events';
export type {
  CommandContext,
  DaymarkEvent,
  Decoded,
  EventMetadata,
  EventType,
  InstallationCreated,
  StoredEvent,
} from './events';
export { derivedId } from './ids';
export {
  Caller,
  CancelRunQuestion,
  ChangeSourceQuestion,
  LastPollsQuestion,
  LiveRunsQuestion,
  RefreshStatusQuestion,
  RegisterSourceQuestion,
  RemoveSourceQuestion,
  RequestRunQuestion,
  RunEndedNudge,
  TestSourceQuestion,
} from './messages';
export type {
  CancelRunAnswer,
  LastPoll,
  LiveRun,
  RemovedAnswer,
  RequestRunAnswer,
  SourceAnswer,
  TestAnswer,
} from './messages';
export { CATEGORIES } from './streams';
export { NUDGES, SUBJECTS } from './subjects';
