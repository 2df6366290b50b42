export { createInProcessBus } from './bus';
export type { InProcessBus, InProcessBusOptions } from './bus';
export { InProcessContext, InProcessServer } from './server';
export type { InProcessServerOptions } from './server';
