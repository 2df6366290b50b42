import type { Pool } from 'pg';
import { decodeEvent } from '@daymark/contracts';
import type { Batch, RecordedEvent } from '@daymark/event-log';
import { foldInto, keysOf, type FoldableEvent } from '../folds/working-rows';
import { checkpointOf } from '../generations/situation';
import { viewTables, type ViewNames } from '../postgres/names';
import { inTransaction } from '../postgres/transaction';
import { readRows, writeRows } from './stored-rows';

/** An event that this version of the views has no word for. */
export interface UnknownEvent {
  readonly type: string;
  readonly position: string;
}

/** Where whoever folds believes the generation to be. */
export interface Expected {
  readonly generation: string;
  readonly position: string | null;
}

/**
 * Folds one batch in one transaction: rows and checkpoint together. Locking the checkpoint first is the swap: whoever
 * finds it elsewhere than expected, or gone with its generation, has lost, has changed nothing, and must look again.
 *
 * The commit does not wait for the disk. After a crash of the server rows and checkpoint are older together, and what
 * is missing is folded again.
 */
export async function foldBatch(
  pool: Pool,
  names: ViewNames,
  batch: { expected: Expected; events: readonly FoldableEvent[]; position: string },
): Promise<'folded' | 'lost'> {
  const { generation, position } = batch.expected;
  const tables = viewTables(names, generation);
  return inTransaction(pool, async (client) => {
    await client.query('set local synchronous_commit = off');
    const found = await checkpointOf(client, names, generation, 'for update');
    if (found === null || found.position !== position) return 'lost';
    const rows = await readRows(client, tables, keysOf(batch.events));
    for (const event of batch.events) foldInto(rows, event);
    await writeRows(client, tables, rows);
    await client.query(
      `update ${names.generations} set position = $1, folded_at = clock_timestamp() where number = $2`,
      [batch.position, generation],
    );
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
