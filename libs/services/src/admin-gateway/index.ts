export { ADMINISTRATOR } from './accounts/port';
export type { Accounts, FirstPassword, Role, User } from './accounts/port';
export { createPostgresAccounts } from './accounts/postgres-accounts';
export type { PostgresAccountsOptions } from './accounts/postgres-accounts';
export { adminGatewayModule } from './admin-gateway.module';
export { configureGateway } from './configure-gateway';
export type { Clock, GatewayLogger, GatewayParts, Ids, ReadinessCheck } from './parts';
