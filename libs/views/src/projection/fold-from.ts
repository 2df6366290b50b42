import type { Pool } from 'pg';
import type { EventLog, Position } from '@daymark/event-log';
import type { ViewNames } from '../postgres/names';
import { decodeBatch, foldBatch, type Expected, type UnknownEvent } from './fold-batch';
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
 */
export async function foldFrom(
  { log, pool, names }: FoldSite,
  start: Expected,
  { most, signal, onFolded }: FoldOptions,
): Promise<'lost' | 'ended' | 'stopped'> {
  let expected = start;
  const from = (start.position ?? 'start') as Position | 'start';
  for await (const batch of gather(log, from, { most, signal })) {
    const { known, unknown } = decodeBatch(batch);
    const { position } = batch;
    if ((await foldBatch(pool, names, { expected, events: known, position })) === 'lost') return 'lost';
    expected = { ...expected, position };
    if ((await onFolded(position, unknown)) === 'stop') return 'stopped';
    if (signal.aborted) break;
  }
  return 'ended';
}
