import type { Batch, CategoryFilter, EventLog, Position, RecordedEvent } from '../port';

const patience = 30_000;

/** A subscriber that keeps what it sees, and that never waits for ever. */
export class Follower {
  readonly events: RecordedEvent[] = [];
  readonly batches: Batch[] = [];
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<() => void>();
  private readonly running: Promise<void>;

  constructor(log: EventLog, from: Position | 'start', filter: CategoryFilter = 'all') {
    this.running = this.run(log.subscribe(from, filter, this.stopping.signal));
    this.running.then(this.wake, this.wake);
  }

  /** Waits until so many events were seen; rejects when the subscription ends or fails before, or after 30 s. */
  async until(count: number): Promise<readonly RecordedEvent[]> {
    const giveUp = new Error(`${count} events were awaited and did not come in ${patience} ms`);
    await within(patience, giveUp, Promise.race([this.seen(count), this.endedEarly(count)]));
    return this.events;
  }

  /** Aborts the subscription and waits for its end. */
  async stop(): Promise<readonly RecordedEvent[]> {
    this.stopping.abort();
    await this.ended();
    return this.events;
  }

  /** Waits for the end of the subscription, whoever ends it. */
  async ended(): Promise<void> {
    await within(5_000, new Error('the subscription did not end in 5 s'), this.running);
  }

  private async run(subscription: AsyncIterable<Batch>): Promise<void> {
    for await (const batch of subscription) {
      this.batches.push(batch);
      this.events.push(...batch.events);
      this.wake();
    }
  }

  private readonly wake = (): void => {
    for (const resolve of this.waiting) {
      resolve();
    }
    this.waiting.clear();
  };

  private async seen(count: number): Promise<void> {
    while (this.events.length < count) {
      await new Promise<void>((resolve) => this.waiting.add(resolve));
    }
  }

  private async endedEarly(count: number): Promise<void> {
    await this.running;
    if (this.events.length < count) {
      throw new Error(`the subscription ended after ${this.events.length} of ${count} events`);
    }
  }
}

export async function within<T>(milliseconds: number, fault: Error, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(fault), milliseconds);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
