/** Attempts that cost nothing but their own time. */
const free = 5;
const longestWaitMs = 60_000;
const forgottenAfterMs = 15 * 60_000;
const mostKept = 10_000;

interface Attempts {
  readonly count: number;
  readonly lastAt: number;
}

/**
 * Slows down whoever guesses: after five attempts in a row without success, each next one waits 1 s, 2 s, 4 s … 60 s
 * after the one before. Counted when an attempt begins, so that many at once gain nothing. In memory of one process.
 */
export class SignInAttempts {
  private readonly known = new Map<string, Attempts>();

  /** 0 when the attempt may be made, else how many seconds to wait first. `at` in milliseconds. */
  begin(who: string, at: number): number {
    const before = this.known.get(who);
    const live = before !== undefined && at - before.lastAt < forgottenAfterMs ? before : undefined;
    const waitMs = live === undefined ? 0 : live.lastAt + pauseAfter(live.count) - at;
    if (waitMs > 0) return Math.ceil(waitMs / 1000);
    this.keep(who, { count: (live?.count ?? 0) + 1, lastAt: at });
    return 0;
  }

  succeeded(who: string): void {
    this.known.delete(who);
  }

  /** The longest untouched goes first when there are too many. */
  private keep(who: string, attempts: Attempts): void {
    this.known.delete(who);
    this.known.set(who, attempts);
    const [oldest] = this.known.keys();
    if (this.known.size > mostKept && oldest !== undefined) this.known.delete(oldest);
  }
}

function pauseAfter(count: number): number {
  return count < free ? 0 : Math.min(longestWaitMs, 1000 * 2 ** (count - free));
}
