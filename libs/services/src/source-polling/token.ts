/** The provider token of the running room. */
export const SOURCE_POLLING = Symbol('daymark.source-polling');
