export { createMemoryEventLog, openMemoryEventLog } from './memory-event-log';
export type { MemoryEventLogOptions } from './memory-event-log';
export { createMemoryLogStore } from './memory-log-store';
export type { MemoryLogStore } from './memory-log-store';
