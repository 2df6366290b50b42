/** The provider token of the running room. */
export const SYNC_EXECUTION = Symbol('daymark.sync-execution');
