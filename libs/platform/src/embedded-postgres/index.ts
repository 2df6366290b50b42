export { ensureDatabase } from './database';
export type { PostmasterExit } from './postmaster';
export { type EmbeddedPostgres, type EmbeddedPostgresOptions, startEmbeddedPostgres } from './supervisor';
