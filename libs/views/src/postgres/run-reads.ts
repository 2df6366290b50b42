import type { Pool } from 'pg';
import type { DayReport } from '@daymark/domain/sync-run';
import type { FoldedRun, FoldedRunDay } from '../folds/run-fold';
import { LARGEST_PAGE, type Page, type PageWanted, type RunFilter, type RunRow } from '../port';
import { cursorOf, placeIn } from './cursor';
import type { ViewTables } from './names';
import { askable } from './text';

interface StoredBody {
  readonly body: string;
}

const runsOfOneDay = 50;

export async function readRun(pool: Pool, tables: ViewTables, id: string): Promise<RunRow | null> {
  const found = await pool.query<StoredBody>(`select body::text as body from ${tables.runs} where id = $1`, [
    askable(id),
  ]);
  return (await withDays(pool, tables, found.rows))[0] ?? null;
}

export async function readRunningRun(
  pool: Pool,
  tables: ViewTables,
  sourceId: string,
): Promise<RunRow | null> {
  const found = await pool.query<StoredBody>(
    `select body::text as body from ${tables.runs}
      where source_id = $1 and status in ('running', 'cancelling') order by position desc limit 1`,
    [askable(sourceId)],
  );
  return (await withDays(pool, tables, found.rows))[0] ?? null;
}

export async function readRunsOfDay(
  pool: Pool,
  tables: ViewTables,
  key: { sourceId: string; day: string },
): Promise<readonly RunRow[]> {
  const found = await pool.query<StoredBody>(
    `select r.body::text as body
       from ${tables.runDays} d join ${tables.runs} r on r.id = d.run_id
      where d.source_id = $1 and d.day = $2
      order by r.position desc limit ${runsOfOneDay}`,
    [askable(key.sourceId), askable(key.day)],
  );
  return withDays(pool, tables, found.rows);
}

export async function readRuns(
  pool: Pool,
  tables: ViewTables,
  filter: RunFilter,
  page: PageWanted,
): Promise<Page<RunRow>> {
  const limit = Math.max(1, Math.min(LARGEST_PAGE, page.limit));
  const { conditions, values } = conditionsOf(filter, page.cursor);
  const found = await pool.query<StoredBody & { position: string }>(
    `select position, body::text as body from ${tables.runs}
      where ${conditions.join(' and ')} order by position desc limit ${limit + 1}`,
    values,
  );
  const shown = found.rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: await withDays(pool, tables, shown),
    nextCursor: found.rows.length > limit && last !== undefined ? cursorOf('run', last.position) : null,
  };
}

type Value = string | readonly string[];

function conditionsOf(
  filter: RunFilter,
  cursor: string | null,
): { conditions: readonly string[]; values: Value[] } {
  const candidates: readonly (readonly [sql: string, value: Value | undefined])[] = [
    ['source_id = ', filter.sourceId],
    ['status = any ', filter.status],
    ['type = any ', filter.type],
    ['trigger = any ', filter.trigger],
    ['requested_at >= ', filter.from],
    ['requested_at < ', filter.to],
    ['position < ', cursor === null ? undefined : placeIn('run', cursor)],
  ];
  // The empty position is the mark's.
  const conditions = ["position > ''"];
  const values: Value[] = [];
  for (const [sql, value] of candidates) {
    if (value === undefined) continue;
    values.push(typeof value === 'string' ? askable(value) : value.map(askable));
    conditions.push(`${sql}($${values.length})`);
  }
  return { conditions, values };
}

/** Puts the days back, which stand apart: one query for all of the runs. */
async function withDays(pool: Pool, tables: ViewTables, stored: readonly StoredBody[]): Promise<RunRow[]> {
  if (stored.length === 0) return [];
  const runs = stored.map(({ body }) => JSON.parse(body) as FoldedRun);
  const found = await pool.query<StoredBody>(
    `select body::text as body from ${tables.runDays} where run_id = any($1) order by run_id, day`,
    [runs.map((run) => run.id)],
  );
  const days = new Map<string, DayReport[]>();
  for (const { body } of found.rows) {
    const { runId, report } = JSON.parse(body) as FoldedRunDay;
    const known = days.get(runId);
    if (known === undefined) days.set(runId, [report]);
    else known.push(report);
  }
  return runs.map(({ position: _position, ...run }) => ({ ...run, days: days.get(run.id) ?? [] }));
}
