import type { Pool, PoolClient } from 'pg';
import { viewTables, type ViewNames } from '../postgres/names';
import { areWhole, createIndexes } from '../postgres/tables';
import { inTransaction } from '../postgres/transaction';
import { checkpointOf } from './situation';

/** Longest wait for a reader that is in the way of the drop; all others would queue up behind it. */
const longestWait = '2s';

/** Gives a generation that has caught up what reads need. Once; whoever comes second finds it done. */
export async function finishTables(pool: Pool, names: ViewNames, generation: string): Promise<void> {
  await inTransaction(pool, async (client) => {
    const found = await checkpointOf(client, names, generation, 'for update');
    if (found === null || found.indexed) return;
    await createIndexes(client, viewTables(names, generation));
    await client.query(`update ${names.generations} set indexed = true where number = $1`, [generation]);
  });
}

/**
 * Makes a generation the one that is read, and drops every other table of views, in one transaction. Not before it is
 * at or beyond the checkpoint of the one that is read now (`behind`): what a reader was told is folded stays folded.
 * `lost`: it is not at the position any more, or not whole; look again.
 *
 * Rejects with 55P03 when a reader stands in the way for too long; nothing is changed then.
 */
export async function switchTo(
  pool: Pool,
  names: ViewNames,
  generation: { readonly number: string; readonly position: string | null },
): Promise<'switched' | 'behind' | 'lost'> {
  return inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = '${longestWait}'`);
    const pointer = await client.query<{ generation: string | null }>(
      `select generation::text as generation from ${names.pointer} where name = 'views' for update`,
    );
    const { number, position } = generation;
    const found = await checkpointOf(client, names, number, 'for update');
    if (found?.position !== position || !found.indexed) return 'lost';
    const read = pointer.rows[0]?.generation ?? null;
    if (read === number) return 'switched';
    if (!(await areWhole(client, viewTables(names, number)))) return 'lost';
    if (isBefore(position, await positionOf(client, names, read))) return 'behind';
    await client.query(`delete from ${names.generations} where number <> $1`, [number]);
    await client.query(`update ${names.pointer} set generation = $1 where name = 'views'`, [number]);
    await dropOthers(client, names, number);
    return 'switched';
  });
}

/** Whoever folds into the generation waits from here on. */
async function positionOf(
  client: PoolClient,
  names: ViewNames,
  generation: string | null,
): Promise<string | null> {
  if (generation === null) return null;
  return (await checkpointOf(client, names, generation, 'for update'))?.position ?? null;
}

/** Of two places in the log; null is before the first event. */
export function isBefore(a: string | null, b: string | null): boolean {
  return b !== null && (a === null || a < b);
}

/** Whatever views are in the schema beside the generation, known or not: also those of a catalogue that was lost. */
async function dropOthers(client: PoolClient, names: ViewNames, generation: string): Promise<void> {
  const found = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'r'
        and c.relname ~ '^(run_days|runs|days|sources|checkpoint)(_[0-9]+)?$' and c.relname !~ $2`,
    [names.name, `_${generation}$`],
  );
  const order = ['run_days', 'runs', 'days', 'sources', 'checkpoint'];
  const rank = (name: string): number => order.indexOf(name.replace(/_\d+$/, ''));
  const others = found.rows.map(({ name }) => name).sort((a, b) => rank(a) - rank(b));
  if (others.length === 0) return;
  await client.query(`drop table if exists ${others.map((name) => `${names.schema}."${name}"`).join(', ')}`);
}
