/**
 * The tables that views are folded into. A row is kept whole as JSON, beside it in columns of their own what is
 * filtered, sorted or summed by. `json`, not `jsonb`: the text is kept as it came, whatever characters are in it.
 *
 * Each table has one row more, its mark, under the empty key that nothing else has. It stands there from the first
 * moment and nobody writes it again: a table without it was truncated, emptied or made anew by somebody else, and
 * what is in it is not what was folded. That is exact for whatever takes all rows (TRUNCATE, DELETE without WHERE,
 * DROP, a restore of the bare tables) and costs one look into an index. A single row that somebody deletes or changes
 * by hand is not noticed: ask for a rebuild, or compare digests.
 */
import type { Pool, PoolClient } from 'pg';
import { inLockingOrder, type ViewTables } from './names';

/** Raised with every change of a fold or a table: a generation of an older version is replaced. */
export const VIEW_VERSION = 2;

/**
 * Raised, with the version, when the reads need other tables or other rows. A process reads only generations of its
 * own layout; between versions of one layout reads go on through an upgrade.
 */
export const VIEW_LAYOUT = 1;

type Session = Pick<Pool | PoolClient, 'query'>;

/** Only what folding itself needs: the other indexes come when the fold has caught up, in a fraction of the time. */
export async function createTables(client: Session, tables: ViewTables): Promise<void> {
  const { sources, days, runs, runDays } = tables;
  await client.query(`
    create table ${runDays} (
      run_id text not null,
      day text collate "C" not null,
      source_id text not null,
      through text collate "C" not null,
      body json not null,
      primary key (run_id, day)
    );
    create table ${runs} (
      id text primary key,
      source_id text not null,
      position text collate "C" not null,
      requested_at timestamptz not null,
      status text not null,
      type text not null,
      trigger text not null,
      through text collate "C" not null,
      body json not null
    );
    create table ${days} (
      source_id text not null,
      day text collate "C" not null,
      sealed boolean not null,
      differing bigint not null,
      through text collate "C" not null,
      body json not null,
      primary key (source_id, day)
    );
    create table ${sources} (
      id text primary key,
      name text collate "C" not null,
      removed boolean not null,
      through text collate "C" not null,
      body json not null
    );
    insert into ${runDays} values ('', '', '', '', 'null');
    insert into ${runs} values ('', '', '', 'epoch', '', '', '', '', 'null');
    insert into ${days} values ('', '', false, 0, '', 'null');
    insert into ${sources} values ('', '', true, '', 'null');`);
}

/** What reads need beside the keys. The statistics come with it: nothing plans well on tables it knows nothing of. */
export async function createIndexes(client: Session, tables: ViewTables): Promise<void> {
  const { sources, days, runs, runDays } = tables;
  await client.query(`
    create index on ${runDays} (source_id, day);
    create unique index on ${runs} (position);
    create index on ${runs} (source_id, position);
    create index on ${runs} (source_id) where status in ('running', 'cancelling');
    create index on ${days} (source_id, sealed, day) where differing > 0;
    create index on ${sources} (name);
    analyze ${inLockingOrder(tables).join(', ')};`);
}

/**
 * Whether all tables are there with all that was folded into them (see above). Marks never come back: what was read
 * before they were found had them all along. Inside a transaction too: what is missing is not run into.
 */
export async function areWhole(client: Session, tables: ViewTables): Promise<boolean> {
  const present: { rows: { present: boolean }[] } = await client.query(
    `select count(*) = 4 as present from unnest($1::text[], $2::text[]) as t (name, key)
       join pg_attribute a on a.attrelid = to_regclass(t.name) and a.attname = t.key
      where a.atttypid = 'text'::regtype`,
    [inLockingOrder(tables), ['run_id', 'id', 'source_id', 'id']],
  );
  if (present.rows[0]?.present !== true) return false;
  const found: { rows: { whole: boolean }[] } = await client.query(`select ${areMarked(tables)} as whole`);
  return found.rows[0]?.whole === true;
}

/** The same as an expression of SQL, where the tables were there a moment ago. */
export function areMarked({ runDays, runs, days, sources }: ViewTables): string {
  return `(exists (select from ${runDays} where run_id = '') and exists (select from ${runs} where id = '')
    and exists (select from ${days} where source_id = '') and exists (select from ${sources} where id = ''))`;
}
