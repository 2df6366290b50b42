import type { Pool, PoolClient } from 'pg';
import { inLockingOrder, viewTables, type ViewNames } from '../postgres/names';
import { createTables, VIEW_LAYOUT } from '../postgres/tables';
import { inTransaction } from '../postgres/transaction';
import { nextStep, type Folder } from './next-step';
import { situationOf, type Situation } from './situation';

/**
 * Looks how things stand, and begins or gives up a generation where that is due. Any number of processes may do this
 * at once: it is decided again under the lock.
 */
export async function prepareGenerations(pool: Pool, names: ViewNames, folder: Folder): Promise<Situation> {
  const found = await situationOf(pool, names);
  if (nextStep(found, folder) === 'none') return found;
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [names.lock]);
    await createCatalogue(client, names);
    const situation = await situationOf(client, names);
    const step = nextStep(situation, folder);
    if (step === 'none') return situation;
    if (situation.building !== null) await drop(client, names, situation.building.number);
    if (step === 'build') await begin(client, names, folder.version);
    return situationOf(client, names);
  });
}

/** For all versions to come: columns are only ever added to these two. */
async function createCatalogue(client: PoolClient, names: ViewNames): Promise<void> {
  await client.query(`
    create schema if not exists ${names.schema};
    create table if not exists ${names.generations} (
      number bigint primary key,
      version integer not null,
      layout integer not null,
      position text collate "C",
      rebuild bigint not null,
      indexed boolean not null default false,
      folded_at timestamptz not null default clock_timestamp()
    );
    create table if not exists ${names.pointer} (
      name text primary key,
      generation bigint,
      rebuild bigint not null default 0
    );
    insert into ${names.pointer} (name) values ('views') on conflict do nothing;`);
  await client.query(`select from ${names.pointer} where name = 'views' for update`);
}

/**
 * The number is that of the transaction: no generation before had it, not even one whose catalogue was thrown away,
 * so nobody takes these tables for older ones that he knows.
 */
async function begin(client: PoolClient, names: ViewNames, version: number): Promise<void> {
  const begun = await client.query<{ number: string }>(
    `insert into ${names.generations} (number, version, layout, rebuild)
       select greatest(pg_current_xact_id()::text::bigint, 1 + coalesce(max(g.number), 0)), $1, $2, p.rebuild
         from ${names.pointer} p left join ${names.generations} g on true
        where p.name = 'views' group by p.rebuild
       returning number::text as number`,
    [version, VIEW_LAYOUT],
  );
  const number = begun.rows[0]?.number;
  if (number === undefined) throw new Error('the catalogue of the views has no pointer');
  await createTables(client, viewTables(names, number));
}

/** The row first: whoever folds into it has it locked, and finds it gone afterwards. */
async function drop(client: PoolClient, names: ViewNames, number: string): Promise<void> {
  await client.query(`delete from ${names.generations} where number = $1`, [number]);
  const tables = inLockingOrder(viewTables(names, number));
  await client.query(`drop table if exists ${tables.join(', ')}`);
}
