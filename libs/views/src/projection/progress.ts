/** How far a runner of this process has folded, and who waits for it. */
export class Progress {
  private current: string | null = null;
  private readonly waiting = new Set<{ readonly position: string; readonly wake: () => void }>();

  get position(): string | null {
    return this.current;
  }

  moveTo(position: string | null): void {
    this.current = position;
    if (position === null) return;
    for (const waiter of this.waiting) if (waiter.position <= position) waiter.wake();
  }

  /** Resolves once the position is reached or the time is over, whichever comes first. */
  async reached(position: string, timeoutMs: number): Promise<void> {
    if (this.current !== null && position <= this.current) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(waiter);
        resolve();
      };
      const waiter = { position, wake };
      const timer = setTimeout(wake, timeoutMs);
      this.waiting.add(waiter);
    });
  }
}

/** Waits, or less when the signal aborts. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake);
  });
}
