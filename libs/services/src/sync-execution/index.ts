export { measureRuns, runMeter } from './metrics';
export { SyncExecutionModule } from './module';
export type { RunObserver, SyncExecutionDeps } from './ports';
export { createSyncExecution } from './sync-execution';
export type { SyncExecution } from './sync-execution';
