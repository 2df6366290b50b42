const first = 50;
const longest = 5_000;

/** Doubles from 50 ms to 5 s; `jitter` (0 … 1) takes away up to half of it, so that many do not return at once. */
export function backoffMilliseconds(failures: number, jitter: () => number): number {
  return Math.min(longest, first * 2 ** Math.min(failures, 10)) * (1 - jitter() / 2);
}
