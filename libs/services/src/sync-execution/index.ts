export { SyncExecutionModule } from './module';
export type { ExecutionLogger, SyncExecutionDeps } from './ports';
export { createSyncExecution } from './sync-execution';
export type { SyncExecution } from './sync-execution';
