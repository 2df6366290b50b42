export { findNatsServer } from '../testing/nats/find-nats-server';
export type { FoundNatsServer } from '../testing/nats/find-nats-server';
export { startNatsServer } from '../testing/nats/nats-server';
export type { NatsServerSettings, TestNatsServer } from '../testing/nats/nats-server';
/** A client that knows nothing of us, as a stranger on the same server is. */
export { connect as connectStranger } from 'nats';
