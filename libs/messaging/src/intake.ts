export interface IntakeLimits {
  /** Jobs at work at once. */
  readonly concurrency: number;
  /** Jobs that may wait for their turn. */
  readonly waiting: number;
}

/**
 * Lets a bounded number of jobs work, a bounded number wait in order of arrival, and no other in. A job that asks
 * another job of the same intake holds its place meanwhile: services must not ask themselves.
 */
export class Intake {
  private readonly limits: IntakeLimits;
  private readonly queue: (() => Promise<void>)[] = [];
  private working = 0;
  private idle: (() => void)[] = [];

  constructor(limits: IntakeLimits) {
    if (!(limits.concurrency >= 1)) throw new RangeError('concurrency must be at least 1');
    if (!(limits.waiting >= 0)) throw new RangeError('waiting must not be negative');
    this.limits = limits;
  }

  /** False when as many wait as may wait; then the job is not kept. A job must not reject. */
  admit(job: () => Promise<void>): boolean {
    if (this.working < this.limits.concurrency) {
      this.start(job);
      return true;
    }
    if (this.queue.length >= this.limits.waiting) return false;
    this.queue.push(job);
    return true;
  }

  /** Waits until nothing works and nothing waits, at most so many milliseconds: then answers false. */
  async drained(withinMs: number): Promise<boolean> {
    if (this.working === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), withinMs);
    });
    const done = new Promise<boolean>((resolve) => this.idle.push(() => resolve(true)));
    return Promise.race([done, late]).finally(() => clearTimeout(timer));
  }

  /** Forgets what waits; what works goes on. */
  clear(): void {
    this.queue.length = 0;
  }

  private start(job: () => Promise<void>): void {
    this.working += 1;
    setImmediate(() => {
      void job().finally(() => this.finished());
    });
  }

  private finished(): void {
    this.working -= 1;
    const next = this.queue.shift();
    if (next !== undefined) this.start(next);
    if (this.working > 0) return;
    for (const tell of this.idle.splice(0)) tell();
  }
}
