export { readConfiguration } from './configuration';
export type { Configuration, Environment } from './configuration';
export { createFlowsTable, FLOWS_TABLE, insertFlows } from './flow-table';
export type { Cleaned, Database, FlowsPlace } from './flow-table';
export type { DayBounds, Flow } from './flows';
export { defaultRates } from './tick';
export type { Changes, Rates } from './tick';
export { createDataWatcher, DEFAULT_RETENTION_DAYS, FIRST_FILL_DAYS, fillDays, runCleaner } from './watcher';
export type { CleanerOptions, DataWatcher, FillOptions, Logger, WatcherOptions } from './watcher';
