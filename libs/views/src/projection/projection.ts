/**
 * The runner: follows the log from the checkpoint and folds it into the views, batch by batch, for as long as the
 * process lives. Several may run on the same views, in any number of processes: each batch is folded once, by
 * whichever runner swaps the checkpoint first; the others read again from there.
 */
import type { Pool } from 'pg';
import { EventLogFault, type EventLog, type Position } from '@daymark/event-log';
import { readCheckpoint } from '../postgres/checkpoint';
import { viewNames, type ViewNames } from '../postgres/names';
import { prepareTables, VIEW_VERSION } from '../postgres/tables';
import { decodeBatch, foldBatch, type UnknownEvent } from './fold-batch';
import { gather } from './gather';
import { pause, Progress } from './progress';

export interface ProjectionOptions {
  readonly log: EventLog;
  /** Two sessions are used at most. The pool must have an 'error' listener; it is not ended here. */
  readonly pool: Pool;
  /** Created when missing. Holds nothing but the views. */
  readonly schema: string;
  /** Told of everything that is waited out, each time. Must not throw. */
  readonly onFault?: (fault: unknown) => void;
  /** Told of each event that this version has no word for; it is passed over. Must not throw. */
  readonly onUnknownEvent?: (event: UnknownEvent) => void;
  /** 0 … 1, asked at each wait after a fault so that many processes do not return at once; default always 0. */
  readonly jitter?: () => number;
  /** Of the folds; another version in the database is thrown away and folded again. Only specs set it. */
  readonly version?: number;
}

export interface Projection {
  /** How far this process knows the views to be folded; null before the first event. */
  readonly position: string | null;
  /** How many events had no word, since the start. */
  readonly unknownEvents: number;
  /** Resolves once the views are folded through the position by this process, or the time is over. */
  reached(position: string, timeoutMs: number): Promise<void>;
  /** Lets the batch in hand finish, then ends. Idempotent. Neither pool nor log is closed. */
  stop(): Promise<void>;
}

/**
 * Prepares the tables and starts folding. When it resolves the views can be read; they may still be behind.
 *
 * Rejects when the database cannot be reached at the start. Afterwards every fault is reported, waited out (up to
 * 10 s) and tried again; the log's being closed ends the runner.
 */
export async function startProjection(options: ProjectionOptions): Promise<Projection> {
  const version = options.version ?? VIEW_VERSION;
  const names = viewNames(options.schema);
  await prepareTables(options.pool, names, { version, takeOver: true });
  const runner = new Runner(options, names, version);
  const ended = runner.run();
  return {
    get position() {
      return runner.progress.position;
    },
    get unknownEvents() {
      return runner.unknownEvents;
    },
    reached: (position, timeoutMs) => runner.progress.reached(position, timeoutMs),
    stop: async () => {
      runner.stop();
      await ended;
    },
  };
}

const eventsPerTransaction = 1_000;
const shortestBackoff = 50;
const longestBackoff = 10_000;
/** How often an idle runner looks whether its tables are still there and where it left them. */
const inspectionInterval = 2_000;

class Runner {
  readonly progress = new Progress();
  unknownEvents = 0;
  private readonly stopping = new AbortController();
  private failures = 0;

  constructor(
    private readonly options: ProjectionOptions,
    private readonly names: ViewNames,
    private readonly version: number,
  ) {}

  stop(): void {
    this.stopping.abort();
  }

  async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.follow();
      } catch (fault) {
        if (fault instanceof EventLogFault && fault.code === 'LOG_CLOSED') return;
        await this.waitOut(fault);
      }
    }
  }

  /** Folds from the checkpoint until the swap is lost, the views are found elsewhere, or something breaks. */
  private async follow(): Promise<void> {
    const checkpoint = await this.checkpoint();
    this.progress.moveTo(checkpoint);
    const ending = new AbortController();
    const signal = AbortSignal.any([this.stopping.signal, ending.signal]);
    const inspection = this.inspect(ending, signal);
    try {
      const outcome = await this.foldFrom(checkpoint, signal);
      // Only a log that was closed ends a subscription that nobody aborted.
      if (outcome === 'ended' && !signal.aborted) this.stop();
    } finally {
      ending.abort();
      await inspection;
    }
  }

  private async foldFrom(checkpoint: string | null, signal: AbortSignal): Promise<'lost' | 'ended'> {
    let position = checkpoint;
    const from = (checkpoint ?? 'start') as Position | 'start';
    for await (const batch of gather(this.options.log, from, { most: eventsPerTransaction, signal })) {
      const { known, unknown } = decodeBatch(batch);
      const expected = { version: this.version, position };
      const outcome = await foldBatch(this.options.pool, this.names, {
        expected,
        events: known,
        position: batch.position,
      });
      if (outcome === 'lost') return outcome;
      position = batch.position;
      this.failures = 0;
      this.report(unknown);
      this.progress.moveTo(position);
      if (signal.aborted) break;
    }
    return 'ended';
  }

  private async checkpoint(): Promise<string | null> {
    const { pool } = this.options;
    const prepared = await prepareTables(pool, this.names, { version: this.version, takeOver: false });
    if (prepared === 'newer') throw new Error('the views were taken over by a newer version');
    return (await readCheckpoint(pool, this.names))?.position ?? null;
  }

  /** The views may be thrown away at any time, also while nothing happens in the log. */
  private async inspect(ending: AbortController, signal: AbortSignal): Promise<void> {
    for (;;) {
      await pause(inspectionInterval, signal);
      if (signal.aborted) return;
      const before = this.progress.position;
      const found = await readCheckpoint(this.options.pool, this.names).catch(() => null);
      if (this.progress.position === before && found?.position !== before) ending.abort();
    }
  }

  private report(unknown: readonly UnknownEvent[]): void {
    this.unknownEvents += unknown.length;
    for (const event of unknown) this.options.onUnknownEvent?.(event);
  }

  private async waitOut(fault: unknown): Promise<void> {
    this.options.onFault?.(fault);
    const backoff = Math.min(longestBackoff, shortestBackoff * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    await pause(backoff * (1 - (this.options.jitter?.() ?? 0) / 2), this.stopping.signal);
  }
}
