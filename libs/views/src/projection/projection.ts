import type { Pool } from 'pg';
import type { EventLog } from '@daymark/event-log';
import { viewNames } from '../postgres/names';
import { VIEW_VERSION } from '../postgres/tables';
import type { UnknownEvent } from './fold-batch';
import { LagWatch, type Lag } from './lag';
import { Runner } from './runner';

export interface ProjectionOptions {
  readonly log: EventLog;
  /** Five sessions are used at most, while a rebuild is under way. It must have an 'error' listener; it is not ended here. */
  readonly pool: Pool;
  /** Created when missing. Holds nothing but the views. */
  readonly schema: string;
  /** Told of everything that is waited out, each time. Must not throw. */
  readonly onFault?: (fault: unknown) => void;
  /** Told of each event that this version has no word for; it is passed over. Must not throw. */
  readonly onUnknownEvent?: (event: UnknownEvent) => void;
  /** 0 … 1, asked at each wait after a fault so that many processes do not return at once; default always 0. */
  readonly jitter?: () => number;
  /** How often it looks whether its views are still there, whole, where it left them, and wanted; default 2 s. */
  readonly inspectEveryMs?: number;
  /** Of the folds; a generation of another version is replaced. Only specs set it. */
  readonly version?: number;
}

export interface Projection {
  /** How far this process knows the views to be folded; null before the first event and while they are rebuilt. */
  readonly position: string | null;
  /** How many events had no word, since the start. */
  readonly unknownEvents: number;
  /** Resolves once this process knows the views to be folded through the position, or the time is over. */
  reached(position: string, timeoutMs: number): Promise<void>;
  /** How far what is read is behind the log. Asks log and database; rejects when one of them does not answer. */
  lag(now: string): Promise<Lag>;
  /** Lets the batch in hand finish, then ends. Idempotent. Neither pool nor log is closed. */
  stop(): Promise<void>;
}

/**
 * Prepares a generation of views and starts folding. When it resolves and the log is empty or was folded before, the
 * views can be read; they may still be behind. Where it was never folded they can be read once they have caught up.
 *
 * Rejects when the database cannot be reached at the start. Afterwards every fault is reported, waited out (up to
 * 10 s) and tried again; the log's being closed ends the runner.
 */
export async function startProjection(options: ProjectionOptions): Promise<Projection> {
  const { log, pool } = options;
  const names = viewNames(options.schema);
  const runner = new Runner({ log, pool, names }, options, options.version ?? VIEW_VERSION);
  await runner.prepare();
  const ended = runner.run();
  const watch = new LagWatch({ log, pool, names });
  return {
    get position() {
      return runner.progress.position;
    },
    get unknownEvents() {
      return runner.unknownEvents;
    },
    reached: (position, timeoutMs) => runner.progress.reached(position, timeoutMs),
    lag: (now) => watch.look(now),
    stop: async () => {
      runner.stop();
      await ended;
    },
  };
}
