import type { Pool } from 'pg';
import { decodeEvent } from '@daymark/contracts';
import type { Batch, RecordedEvent } from '@daymark/event-log';
import {
  carryOver,
  foldInto,
  keysOf,
  noRows,
  type FoldableEvent,
  type WorkingRows,
} from '../folds/working-rows';
import { checkpointOf } from '../generations/situation';
import { viewTables, type ViewNames, type ViewTables } from '../postgres/names';
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

/** A batch folded in memory, ready to be written. */
export interface FoldedBatch {
  readonly rows: WorkingRows;
  readonly position: string;
}

/**
 * Reads the rows that a batch touches and folds it in memory, while the one before it may still be being written: what
 * that one touched is taken from it, the rest is in the database as it was. Whether this holds, no one else having
 * folded meanwhile, is found out when the batch is written.
 */
export async function foldInMemory(
  pool: Pool,
  tables: ViewTables,
  batch: { events: readonly FoldableEvent[]; position: string },
  before: FoldedBatch | null,
): Promise<FoldedBatch> {
  const keys = keysOf(batch.events);
  const rows = noRows();
  if (before !== null) carryOver(before.rows, rows, keys);
  await readRows(pool, tables, keys, rows);
  for (const event of batch.events) foldInto(rows, event);
  return { rows, position: batch.position };
}

/**
 * Writes a folded batch in one transaction: rows and checkpoint together. Locking the checkpoint first is the swap:
 * whoever finds it elsewhere than expected, or gone with its generation, has lost, has changed nothing, and must look
 * again.
 *
 * The commit does not wait for the disk. After a crash of the server rows and checkpoint are older together, and what
 * is missing is folded again.
 */
export async function writeBatch(
  pool: Pool,
  names: ViewNames,
  expected: Expected,
  batch: FoldedBatch,
): Promise<'folded' | 'lost'> {
  const { generation, position } = expected;
  return inTransaction(pool, async (client) => {
    await client.query('set local synchronous_commit = off');
    const found = await checkpointOf(client, names, generation, 'for update');
    if (found === null || found.position !== position) return 'lost';
    await writeRows(client, viewTables(names, generation), batch.rows);
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
