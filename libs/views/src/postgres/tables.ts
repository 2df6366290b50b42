/**
 * The tables that views are folded into. A row is kept whole as JSON, beside it in columns of their own what is
 * filtered, sorted or summed by. `json`, not `jsonb`: the text is kept as it came, whatever characters are in it.
 */
import type { Pool } from 'pg';
import { readCheckpoint } from './checkpoint';
import { inTransaction } from './transaction';
import type { ViewNames } from './names';

/** Raised with every change of a fold or a table: rows of another version are thrown away and folded again. */
export const VIEW_VERSION = 1;

/**
 * Makes schema and tables where they are missing, and empties them where they are of another version. Any number of
 * processes may do this at once. With `takeOver: false` tables of a newer version are left alone and the answer is
 * `newer`: an older process that is still running must not undo what its successor builds.
 */
export async function prepareTables(
  pool: Pool,
  names: ViewNames,
  options: { version: number; takeOver: boolean },
): Promise<'ready' | 'newer'> {
  return inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [names.lock]);
    await client.query(`create schema if not exists ${names.schema}`);
    await client.query(
      `create table if not exists ${names.checkpoint}
         (name text primary key, version integer not null, position text collate "C")`,
    );
    const version = (await readCheckpoint(client, names, 'for update'))?.version ?? null;
    if (version === options.version) return 'ready';
    if (version !== null && version > options.version && !options.takeOver) return 'newer';
    await client.query(emptyTables(names));
    await client.query(
      `insert into ${names.checkpoint} (name, version, position) values ('views', $1, null)
         on conflict (name) do update set version = excluded.version, position = null`,
      [options.version],
    );
    return 'ready';
  });
}

/** Another version may have other columns: the tables are made anew. */
function emptyTables(names: ViewNames): string {
  const { sources, days, runs, runDays } = names;
  return `
    drop table if exists ${sources}, ${days}, ${runs}, ${runDays};
    create table ${sources} (
      id text primary key,
      name text collate "C" not null,
      removed boolean not null,
      through text collate "C" not null,
      body json not null
    );
    create index on ${sources} (name);
    create table ${days} (
      source_id text not null,
      day text collate "C" not null,
      sealed boolean not null,
      differing bigint not null,
      through text collate "C" not null,
      body json not null,
      primary key (source_id, day)
    );
    create index on ${days} (source_id, sealed, day) where differing > 0;
    create table ${runs} (
      id text primary key,
      source_id text not null,
      position text collate "C" not null unique,
      requested_at timestamptz not null,
      status text not null,
      type text not null,
      trigger text not null,
      through text collate "C" not null,
      body json not null
    );
    create index on ${runs} (source_id, position);
    create index on ${runs} (source_id) where status in ('running', 'cancelling');
    create table ${runDays} (
      run_id text not null,
      day text collate "C" not null,
      source_id text not null,
      through text collate "C" not null,
      body json not null,
      primary key (run_id, day)
    );
    create index on ${runDays} (source_id, day);`;
}
