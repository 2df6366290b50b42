import type { Batch, EventLog, Position } from '@daymark/event-log';

/**
 * The log's batches from a position, made larger where more is there already: while the caller works on one, the next
 * ones are fetched. A live event is never held back for the sake of size.
 *
 * A transaction costs about the same for ten events as for a thousand, so this is what catching up is fast by.
 */
export async function* gather(
  log: EventLog,
  from: Position | 'start',
  options: { most: number; signal: AbortSignal },
): AsyncGenerator<Batch, void, undefined> {
  const leaving = new AbortController();
  const signal = AbortSignal.any([options.signal, leaving.signal]);
  const supply = new Supply(log.subscribe(from, 'all', signal), options.most);
  try {
    for (;;) {
      const batch = await supply.take();
      if (batch === null) return;
      yield batch;
    }
  } finally {
    // A subscription in the middle of waiting ends by its signal only.
    leaving.abort();
    await supply.close();
  }
}

/** Pages may be large, each up to a megabyte, however few events they hold. */
const mostPages = 16;

/** Fetches ahead of whoever takes, up to about as much as one taking gives. */
class Supply {
  private pages: Batch[] = [];
  private events = 0;
  private failure: { readonly fault: unknown } | null = null;
  private over = false;
  private closed = false;
  private ring: () => void = () => undefined;
  private readonly pumping: Promise<void>;

  constructor(
    pages: AsyncIterable<Batch>,
    private readonly most: number,
  ) {
    this.pumping = this.pump(pages);
  }

  /** Everything that is there, at once when there is anything; null at the end. Rejects as the subscription does. */
  async take(): Promise<Batch | null> {
    while (this.pages.length === 0 && !this.over) await this.change();
    const last = this.pages.at(-1);
    if (last === undefined) {
      if (this.failure !== null) throw this.failure.fault;
      return null;
    }
    const events = this.pages.flatMap((page) => page.events);
    this.pages = [];
    this.events = 0;
    this.ring();
    return { events, position: last.position };
  }

  async close(): Promise<void> {
    this.closed = true;
    this.ring();
    await this.pumping;
  }

  private async pump(pages: AsyncIterable<Batch>): Promise<void> {
    try {
      for await (const page of pages) {
        this.pages.push(page);
        this.events += page.events.length;
        this.ring();
        while (this.isFull() && !this.closed) await this.change();
        if (this.closed) break;
      }
    } catch (fault) {
      this.failure = { fault };
    }
    this.over = true;
    this.ring();
  }

  private isFull(): boolean {
    return this.events >= this.most || this.pages.length >= mostPages;
  }

  /** Resolves at the next ring; taker and pump never wait for each other at the same time. */
  private async change(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.ring = resolve;
    });
  }
}
