/** What somebody else can make us say, said so often that it is noticed, and no oftener. */
export interface BoundedLinesOptions {
  /** Lines in one window. */
  readonly most: number;
  readonly windowMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonic: () => number;
}

/**
 * Calls `say` at most so many times in a window; the first call of a later window is told how many were left out before
 * it.
 */
export function boundedLines<Fault>(
  { most, windowMs, monotonic }: BoundedLinesOptions,
  say: (fault: Fault, leftOut: number) => void,
): (fault: Fault) => void {
  let begun = Number.NEGATIVE_INFINITY;
  let said = 0;
  let leftOut = 0;
  return (fault) => {
    const at = monotonic();
    if (at - begun >= windowMs) {
      begun = at;
      said = 0;
    }
    if (said >= most) {
      leftOut += 1;
      return;
    }
    said += 1;
    const before = leftOut;
    leftOut = 0;
    say(fault, before);
  };
}
