import type { Pool } from 'pg';
import { bytesOf, type EncodedEvent } from '../encoded-events';
import { positionOf } from '../numbered-position';
import { EventLogFault, type Appended, type StreamId } from '../port';
import { isStatementFault, unavailable } from './faults';

export interface Append {
  readonly stream: StreamId;
  readonly events: readonly EncodedEvent[];
  /** As `expectedRevision` gives it. */
  readonly expected: bigint;
}

interface QueuedAppend extends Append {
  readonly resolve: (answer: Appended) => void;
  readonly reject: (fault: EventLogFault) => void;
}

interface AnswerRow {
  readonly kind: 'appended' | 'conflict';
  readonly revision: string | null;
  readonly position: string | null;
}

const maxAppends = 256;
const maxBytes = 2 * 1024 * 1024;

/**
 * Group commit. One batch is under way at a time; what arrives meanwhile goes together in the next one: one round trip,
 * one lock, one flush to disk for up to 256 appends or 2 MiB, each with its own answer. That is what makes a single
 * lock cheap (figures in docs/decisions/2026-11-23-event-log-advisory-lock.md).
 */
export class Appender {
  private queue: QueuedAppend[] = [];
  private running: Promise<void> | undefined;
  private readonly statement: string;

  constructor(
    private readonly pool: Pool,
    quotedSchema: string,
  ) {
    this.statement = `select kind, revision, position from ${quotedSchema}.append($1, $2, $3, $4, $5, $6, $7)`;
  }

  async append(append: Append): Promise<Appended> {
    return await new Promise<Appended>((resolve, reject) => {
      this.queue.push({ ...append, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Waits for everything queued to be answered. */
  async drain(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    await Promise.resolve();
    while (this.queue.length > 0) {
      const batch = this.queue.splice(0, batchLength(this.queue));
      await this.write(batch);
    }
    this.running = undefined;
  }

  private async write(batch: readonly QueuedAppend[]): Promise<void> {
    try {
      const { rows } = await this.pool.query<AnswerRow>({
        name: 'append',
        text: this.statement,
        values: values(batch),
      });
      batch.forEach((append, index) => settle(append, rows[index]));
    } catch (cause) {
      await this.refuse(batch, cause);
    }
  }

  /** One append that the server cannot take must not fail its companions: they are sent again, one by one. */
  private async refuse(batch: readonly QueuedAppend[], cause: unknown): Promise<void> {
    if (batch.length === 1 || !isStatementFault(cause)) {
      batch.forEach((append) => append.reject(unavailable(cause)));
      return;
    }
    for (const append of batch) {
      await this.write([append]);
    }
  }
}

function batchLength(queue: readonly QueuedAppend[]): number {
  let bytes = 0;
  const end = queue.findIndex((append, index) => {
    bytes += bytesOf(append.events);
    return index > 0 && (index >= maxAppends || bytes > maxBytes);
  });
  return end < 0 ? queue.length : end;
}

function values(batch: readonly Append[]): unknown[][] {
  const events = batch.flatMap((append) => append.events);
  return [
    batch.map((append) => append.stream),
    batch.map((append) => append.expected.toString()),
    batch.map((append) => append.events.length),
    events.map((event) => event.id),
    events.map((event) => event.type),
    events.map((event) => event.data),
    events.map((event) => event.metadata),
  ];
}

function settle(append: QueuedAppend, row: AnswerRow | undefined): void {
  const revision = row?.revision == null ? null : BigInt(row.revision);
  if (row?.kind === 'conflict') {
    append.resolve({ kind: 'conflict', revision });
  } else if (row?.position != null && revision !== null) {
    append.resolve({ kind: 'appended', revision, position: positionOf(row.position) });
  } else {
    append.reject(unavailable(new Error('an append was left without an answer')));
  }
}
