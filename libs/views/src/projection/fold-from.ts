import type { Pool } from 'pg';
import type { EventLog, Position } from '@daymark/event-log';
import { checkpointOf } from '../generations/situation';
import { isGone } from '../postgres/faults';
import { viewTables, type ViewNames } from '../postgres/names';
import {
  decodeBatch,
  foldInMemory,
  writeBatch,
  type Expected,
  type FoldedBatch,
  type UnknownEvent,
} from './fold-batch';
import { gather } from './gather';

/** Where folding takes place. */
export interface FoldSite {
  readonly log: EventLog;
  readonly pool: Pool;
  readonly names: ViewNames;
}

export interface FoldOptions {
  /** Events in one transaction, about. */
  readonly most: number;
  readonly signal: AbortSignal;
  /** Told of each batch that was folded; `stop` ends the folding. */
  readonly onFolded: (
    position: string,
    unknown: readonly UnknownEvent[],
  ) => 'on' | 'stop' | Promise<'on' | 'stop'>;
}

/**
 * Follows the log from where a generation is expected to be and folds it in, batch by batch. `lost`: it was elsewhere
 * than expected, or is gone. `ended`: the signal aborted, or the log was closed. `stopped`: as it was told.
 *
 * While a batch is written the next one is read and folded in memory: process and server work at the same time.
 */
export async function foldFrom(
  site: FoldSite,
  start: Expected,
  options: FoldOptions,
): Promise<'lost' | 'ended' | 'stopped'> {
  const { log, pool, names } = site;
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  const writer = new Writer(site, start, options, () => ending.abort());
  const tables = viewTables(names, start.generation);
  const from = (start.position ?? 'start') as Position | 'start';
  let before: FoldedBatch | null = null;
  try {
    for await (const batch of gather(log, from, { most: options.most, signal })) {
      const { known, unknown } = decodeBatch(batch);
      // Days that are forgotten are only gone once that is written.
      if (before !== null && before.rows.forgotten.length > 0) await writer.done();
      const { position } = batch;
      before = await foldInMemory(pool, tables, { events: known, position }, before);
      await writer.done();
      if (signal.aborted) break;
      writer.write(before, unknown);
    }
  } catch (fault) {
    // Tables that a switch dropped are no fault.
    if (!isGone(fault) || (await checkpointOf(pool, names, start.generation)) !== null) throw fault;
    return 'lost';
  } finally {
    await writer.settled();
  }
  await writer.done();
  return writer.outcome ?? 'ended';
}

/** Writes one batch at a time, and keeps what came of it until it is asked for. */
class Writer {
  outcome: 'lost' | 'stopped' | null = null;
  private expected: Expected;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly site: FoldSite,
    start: Expected,
    private readonly options: FoldOptions,
    private readonly end: () => void,
  ) {
    this.expected = start;
  }

  /** After `done`. */
  write(batch: FoldedBatch, unknown: readonly UnknownEvent[]): void {
    this.writing = this.written(batch, unknown);
    // Whoever waits for the next event is to learn of it.
    this.writing.catch(() => this.end());
  }

  /** Rejects as the last write did. */
  async done(): Promise<void> {
    await this.writing;
  }

  async settled(): Promise<void> {
    await this.writing.catch(() => undefined);
  }

  private async written(batch: FoldedBatch, unknown: readonly UnknownEvent[]): Promise<void> {
    const { pool, names } = this.site;
    if ((await writeBatch(pool, names, this.expected, batch)) === 'lost') this.outcome = 'lost';
    else {
      this.expected = { ...this.expected, position: batch.position };
      if ((await this.options.onFolded(batch.position, unknown)) === 'stop') this.outcome = 'stopped';
    }
    if (this.outcome !== null) this.end();
  }
}
