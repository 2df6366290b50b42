import type { Pool } from 'pg';
import { totalOf, type DayCount } from '@daymark/domain/counts';
import type { Period } from '@daymark/domain/sync-run';
import type { DayRow, DifferenceTotal } from '../port';
import type { ViewTables } from './names';
import { askable } from './text';

export async function readDays(
  pool: Pool,
  tables: ViewTables,
  sourceId: string,
  period: Period,
): Promise<readonly DayRow[]> {
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${tables.days}
      where source_id = $1 and day between $2 and $3 order by day`,
    [askable(sourceId), period.from, period.to],
  );
  return found.rows.map(({ body }) => JSON.parse(body) as DayRow);
}

export async function readDifferences(
  pool: Pool,
  tables: ViewTables,
  sourceId: string,
  sealed: boolean,
): Promise<DifferenceTotal> {
  const found = await pool.query<{ body: string }>(
    `select body::text as body from ${tables.days}
      where source_id = $1 and sealed = $2 and differing > 0 order by day`,
    [askable(sourceId), sealed],
  );
  const counts = new Map<string, DayCount>();
  for (const { body } of found.rows) {
    const { day, count } = JSON.parse(body) as DayRow;
    if (count !== null) counts.set(day, count);
  }
  return totalOf(counts, { sealed });
}
