export { ADMINISTRATOR } from './accounts/port';
export type { Accounts, FirstPassword, Role, User } from './accounts/port';
export { adminGatewayModule } from './admin-gateway.module';
export { configureGateway } from './configure-gateway';
export { openGatewayStore } from './gateway-store';
export type { GatewayStore, GatewayStoreOptions } from './gateway-store';
export type { Issuer } from './sessions/issued-tokens';
export type { Clock, ElementReads, GatewayLogger, GatewayParts, Ids, ReadinessCheck } from './parts';
