export { createLastPollsTable, sourcePollingMigrations } from './last-polls-table';
export { measureSources, pollMeter } from './metrics';
export { SourcePollingModule } from './module';
export type { LastPollsTable, PollObserver, PollRow, SourcePollingDeps } from './ports';
export { createSourcePolling } from './source-polling';
export type { SourcePolling } from './source-polling';
