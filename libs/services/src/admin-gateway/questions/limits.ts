/** How long the gateway waits, in milliseconds. */
export const GATEWAY_LIMITS = {
  /** For an answer that may have to connect to a source. */
  sourceMs: 30_000,
  commandMs: 10_000,
  /** For what a read can do without. */
  readMs: 1000,
  /** For a poll that somebody asked for. */
  refreshMs: 25_000,
  /** For the way there and back. */
  marginMs: 2000,
  /** For the views, after a command. */
  visibleMs: 5000,
} as const;
