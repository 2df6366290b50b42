export { measuredEventLog, type EventLogMeter } from './measured';
export { EventLogFault, MAX_APPEND_BYTES } from './port';
export type {
  Appended,
  Batch,
  CategoryFilter,
  EventLog,
  EventLogFaultCode,
  Expectation,
  Json,
  JsonObject,
  NewEvent,
  Position,
  RecordedEvent,
  Revision,
  StreamId,
  StreamSlice,
} from './port';
export { categoryOf, streamId } from './stream-id';
