import type { Pool } from 'pg';
import type { FoldedSource } from '../folds/source-fold';
import { LARGEST_PAGE, type Page, type PageWanted, type SourceRow } from '../port';
import { cursorOf, placeIn } from './cursor';
import type { ViewTables } from './names';
import { askable } from './text';

export async function readSources(pool: Pool, tables: ViewTables): Promise<readonly SourceRow[]> {
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${tables.sources} where not removed order by name, id`,
  );
  return found.rows.map(({ body }) => shown(body));
}

/** By name, and by id where two have one: the folds show a name that was given on a moment before it was given up. */
export async function readPageOfSources(
  pool: Pool,
  tables: ViewTables,
  page: PageWanted,
): Promise<Page<SourceRow>> {
  const limit = Math.max(1, Math.min(LARGEST_PAGE, page.limit));
  const [name, id] = page.cursor === null ? ['', ''] : placeIn('source', page.cursor).split('/');
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${tables.sources}
      where not removed and (name, id) > ($1, $2) order by name, id limit ${limit + 1}`,
    [name, id ?? ''],
  );
  const items = found.rows.slice(0, limit).map(({ body }) => shown(body));
  const last = items.at(-1);
  const more = found.rows.length > limit && last !== undefined;
  return { items, nextCursor: more ? cursorOf('source', `${last.settings.name}/${last.id}`) : null };
}

export async function readSource(
  pool: Pool,
  tables: ViewTables,
  idOrName: string,
): Promise<SourceRow | null> {
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${tables.sources}
      where not removed and (id = $1 or name = $1) order by (id = $1) desc limit 1`,
    [askable(idOrName)],
  );
  const row = found.rows[0];
  return row === undefined ? null : shown(row.body);
}

function shown(body: string): SourceRow {
  const { removedWith: _removedWith, ...row } = JSON.parse(body) as FoldedSource;
  return row;
}
