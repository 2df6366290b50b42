export { createMemorySource } from './memory-source';
export type { MemorySource, MemorySourceOptions, ScriptedFault } from './memory-source';
export type { MemoryRow, MemoryStep } from './memory-session';
export { copyLine, keyText, recordText, recordVersion } from './record-text';
