import type { Pool } from 'pg';
import type { FoldedRun, FoldedRunDay } from '../folds/run-fold';
import {
  LARGEST_PAGE,
  type Page,
  type PageWanted,
  type RunFilter,
  type RunHeader,
  type RunRow,
} from '../port';
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
  const header = found.rows.map(headerIn)[0];
  if (header === undefined) return null;
  const reports = await pool.query<StoredBody>(
    `select body::text as body from ${tables.runDays} where run_id = $1 order by day`,
    [header.id],
  );
  return { ...header, days: reports.rows.map(({ body }) => (JSON.parse(body) as FoldedRunDay).report) };
}

export async function readRunningRun(
  pool: Pool,
  tables: ViewTables,
  sourceId: string,
): Promise<RunHeader | null> {
  const found = await pool.query<StoredBody>(
    `select body::text as body from ${tables.runs}
      where source_id = $1 and status in ('running', 'cancelling') order by position desc limit 1`,
    [askable(sourceId)],
  );
  return found.rows.map(headerIn)[0] ?? null;
}

export async function readRunsOfDay(
  pool: Pool,
  tables: ViewTables,
  key: { sourceId: string; day: string },
): Promise<readonly RunHeader[]> {
  const found = await pool.query<StoredBody>(
    `select r.body::text as body
       from ${tables.runDays} d join ${tables.runs} r on r.id = d.run_id
      where d.source_id = $1 and d.day = $2
      order by r.position desc limit ${runsOfOneDay}`,
    [askable(key.sourceId), askable(key.day)],
  );
  return found.rows.map(headerIn);
}

export async function readRuns(
  pool: Pool,
  tables: ViewTables,
  filter: RunFilter,
  page: PageWanted,
): Promise<Page<RunHeader>> {
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
    items: shown.map(headerIn),
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

function headerIn({ body }: StoredBody): RunHeader {
  const { position: _position, ...run } = JSON.parse(body) as FoldedRun;
  return run;
}
