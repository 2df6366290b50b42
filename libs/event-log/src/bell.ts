/**
 * Wakes those who wait for news of a log. It carries nothing: who is woken looks for themselves, so that a ring too
 * many costs one look and a lost one costs the rest of a pause.
 */
export class Bell {
  private rings = 0;
  private readonly waiting = new Set<() => void>();

  /** Take it before looking; `pause` returns at once when the bell has rung since. */
  get count(): number {
    return this.rings;
  }

  ring(): void {
    this.rings += 1;
    for (const wake of [...this.waiting]) {
      wake();
    }
  }

  /** Waits for a ring after `since`, for the time to pass (null: for ever) or for the abort, whichever is first. */
  async pause(since: number, milliseconds: number | null, signal: AbortSignal): Promise<void> {
    if (this.rings !== since || signal.aborted) {
      return;
    }
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = milliseconds === null ? undefined : setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake, { once: true });
      this.waiting.add(wake);
    });
  }
}

/** Waits for the time to pass or for the abort. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Bell().pause(0, milliseconds, signal);
}

/** Answers with the promise's value, or with `undefined` as soon as the signal aborts; the promise is then ignored. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return await new Promise<T | undefined>((resolve, reject) => {
    const stop = (): void => resolve(undefined);
    const settle = (): void => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) {
      stop();
    }
    promise.then(resolve, reject).finally(settle).catch(stop);
  });
}
