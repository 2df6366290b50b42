/** The provider token under which a shell gives services their `Messenger`. */
export const MESSENGER = Symbol('daymark.messenger');
