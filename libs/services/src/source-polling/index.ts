export { createLastPollsTable, sourcePollingMigrations } from './last-polls-table';
export { SourcePollingModule } from './module';
export type { LastPollsTable, PollingLogger, PollRow, SourcePollingDeps } from './ports';
export { createSourcePolling } from './source-polling';
export type { SourcePolling } from './source-polling';
