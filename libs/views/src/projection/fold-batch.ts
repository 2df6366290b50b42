import type { Pool } from 'pg';
import { decodeEvent } from '@daymark/contracts';
import type { Batch, RecordedEvent } from '@daymark/event-log';
import { foldInto, keysOf, type FoldableEvent } from '../folds/working-rows';
import { readCheckpoint, type Checkpoint } from '../postgres/checkpoint';
import type { ViewNames } from '../postgres/names';
import { inTransaction } from '../postgres/transaction';
import { readRows, writeRows } from './stored-rows';

/** An event that this version of the views has no word for. */
export interface UnknownEvent {
  readonly type: string;
  readonly position: string;
}

/**
 * Folds one batch in one transaction: rows and checkpoint together. Locking the checkpoint first is the swap: whoever
 * finds it elsewhere than expected has lost, has changed nothing, and must read again from where it is.
 *
 * The commit does not wait for the disk. After a crash of the server rows and checkpoint are older together, and what
 * is missing is folded again.
 */
export async function foldBatch(
  pool: Pool,
  names: ViewNames,
  batch: { expected: Checkpoint; events: readonly FoldableEvent[]; position: string },
): Promise<'folded' | 'lost'> {
  return inTransaction(pool, async (client) => {
    await client.query('set local synchronous_commit = off');
    const { version, position } = batch.expected;
    const found = await readCheckpoint(client, names, 'for update');
    if (found?.version !== version || found.position !== position) return 'lost';
    const rows = await readRows(client, names, keysOf(batch.events));
    for (const event of batch.events) foldInto(rows, event);
    await writeRows(client, names, rows);
    await client.query(`update ${names.checkpoint} set position = $1 where name = 'views'`, [batch.position]);
    return 'folded';
  });
}

/** Splits a batch into what today's code knows and what it does not: the latter is reported, never guessed at. */
export function decodeBatch(batch: Batch): { known: FoldableEvent[]; unknown: UnknownEvent[] } {
  const known: FoldableEvent[] = [];
  const unknown: UnknownEvent[] = [];
  for (const recorded of batch.events) {
    const event = foldable(recorded);
    if (event === null) unknown.push({ type: recorded.type, position: recorded.position });
    else known.push(event);
  }
  return { known, unknown };
}

function foldable(recorded: RecordedEvent): FoldableEvent | null {
  const decoded = decodeEvent(recorded);
  if (!decoded.known) return null;
  return {
    event: decoded.event,
    position: recorded.position,
    occurredAt: decoded.metadata.occurredAt,
  };
}
