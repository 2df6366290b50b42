import type { Pool } from 'pg';
import type { FoldedSource } from '../folds/source-fold';
import type { SourceRow } from '../port';
import type { ViewNames } from './names';
import { askable } from './text';

export async function readSources(pool: Pool, names: ViewNames): Promise<readonly SourceRow[]> {
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${names.sources} where not removed order by name, id`,
  );
  return found.rows.map(({ body }) => shown(body));
}

export async function readSource(pool: Pool, names: ViewNames, idOrName: string): Promise<SourceRow | null> {
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${names.sources}
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
