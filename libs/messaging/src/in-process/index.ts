export { createInProcessBus } from './bus';
export type { InProcessBus, InProcessBusOptions } from './bus';
export { InProcessServer } from './server';
export type { InProcessServerOptions } from './server';
