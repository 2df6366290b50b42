export { createNatsBus } from './bus';
export type { NatsBus, NatsBusOptions } from './bus';
export type { NatsState } from './link';
export type { NatsConnectionOptions } from './options';
export { NatsServer } from './server';
export type { NatsServerOptions } from './server';
export { wireSubject } from './subjects';
