export interface Attempt {
  /** How many attempts have failed: 1 after the first. */
  readonly attempt: number;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly firstMs?: number;
  readonly capMs?: number;
}

/**
 * How long to wait, in milliseconds, after an attempt failed: anything from 0 up to twice as much each time (0.25 s at
 * first), at most 30 s. Full jitter: waiters that failed together do not come back together.
 */
export function backoff({ attempt, random, firstMs = 250, capMs = 30_000 }: Attempt): number {
  return Math.floor(random() * Math.min(capMs, firstMs * 2 ** (attempt - 1)));
}
