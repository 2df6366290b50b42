export { checkSettings, SOURCE_NAME } from './check-settings';
export type {
  ChangeSource,
  RecordPoll,
  RecordUnreachable,
  RegisterSource,
  RemoveSource,
  SourceCommand,
} from './commands';
export { decideSource } from './decide';
export type {
  LateElementsHeld,
  PendingElementsDetected,
  PollEvent,
  PollResult,
  SourceAligned,
  SourceChanged,
  SourceEvent,
  SourceRecovered,
  SourceRegistered,
  SourceRemoved,
  SourceUnreachable,
  Unreadable,
} from './events';
export type {
  CleanerSettings,
  ConnectorSettings,
  LateDataPolicy,
  PostgresConnectorSettings,
  SourceSettings,
} from './settings';
export { evolveSource, initialSource } from './state';
export type { PollingState, RegisteredSource, SourceState } from './state';
