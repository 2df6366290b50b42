export { createLastPollsTable, sourcePollingMigrations } from './last-polls-table';
export { measureSources, pollMeter } from './metrics';
export { SourcePollingModule } from './module';
export type {
  KnownPolls,
  LastPollsTable,
  PollClaim,
  PollClaims,
  PollObserver,
  PollRow,
  SourceNames,
  SourcePollingDeps,
} from './ports';
export { createSourceNames } from './source-names';
export { createSourcePolling } from './source-polling';
export type { SourcePolling } from './source-polling';
