import { setTimeout as delay } from 'node:timers/promises';

export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
}

/** A reader of server-sent events, as a browser is one; where it has come to outlives its connections. */
export class EventReader {
  readonly events: SentEvent[] = [];
  readonly comments: string[] = [];
  lastEventId = '';
  status = 0;
  headers = new Headers();
  private leaving = new AbortController();
  private reading: Promise<void> | undefined;

  constructor(private readonly authorization: () => string) {}

  /** Resolves once the answer has begun. */
  async connect(url: string): Promise<void> {
    this.leaving = new AbortController();
    const headers = {
      authorization: this.authorization(),
      ...(this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId }),
    };
    const response = await fetch(url, { headers, signal: this.leaving.signal });
    this.status = response.status;
    this.headers = response.headers;
    this.reading = this.read(response).catch(() => undefined);
  }

  /** Resolves when the other side ended the stream. */
  async ended(): Promise<void> {
    await this.reading;
  }

  async leave(): Promise<void> {
    this.leaving.abort();
    await this.reading;
  }

  /** Waits until so many events came, in all. */
  async has(count: number, ms = 10_000): Promise<void> {
    const end = Date.now() + ms;
    while (this.events.length < count) {
      if (Date.now() > end) throw new Error(`only ${this.events.length} of ${count} events came`);
      await delay(5);
    }
  }

  private async read(response: Response): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const part of response.body ?? []) {
      text += decoder.decode(part as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const fields = new Map(
      block.split('\n').map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
      }),
    );
    const [id, data, comment] = [fields.get('id'), fields.get('data'), fields.get('')];
    if (id !== undefined) this.lastEventId = id;
    if (comment !== undefined) this.comments.push(comment);
    if (id !== undefined && data !== undefined)
      this.events.push({ id, type: fields.get('event') ?? '', data });
  }
}
