export type { EventLogContext, EventLogFactory } from './bench';
export { describeEventLog } from './describe-event-log';
