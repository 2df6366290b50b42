export type { PostgresConnection } from './connection';
export { migratePostgresEventLog } from './migrate';
export type { MigratePostgresEventLogOptions } from './migrate';
export { openPostgresEventLog } from './postgres-event-log';
export type { PostgresEventLogOptions } from './postgres-event-log';
