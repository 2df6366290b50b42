import type { PoolClient, QueryResult } from 'pg';
import { sizeOf } from '@daymark/domain/counts';
import {
  dayKey,
  noRows,
  runDayKey,
  type Folded,
  type RowKeys,
  type WorkingRows,
  type WorkingTable,
} from '../folds/working-rows';
import type { ViewTables } from '../postgres/names';

interface StoredRow {
  readonly through: string;
  readonly body: string;
}

/** Reads every row that the keys name and that exists: one query per table, none for a table without keys. */
export async function readRows(client: PoolClient, tables: ViewTables, keys: RowKeys): Promise<WorkingRows> {
  const rows = noRows();
  const { sources, runs } = keys;
  await fill(rows.sources, (row) => row.id, byId(client, tables.sources, sources));
  await fill(rows.runs, (row) => row.id, byId(client, tables.runs, runs));
  if (keys.days.size > 0) {
    const wanted = [...keys.days.values()];
    const found = client.query<StoredRow>(
      `select d.through, d.body::text as body
         from unnest($1::text[], $2::text[]) as k (source_id, day)
         join ${tables.days} d on d.source_id = k.source_id and d.day = k.day`,
      [wanted.map((key) => key.sourceId), wanted.map((key) => key.day)],
    );
    await fill(rows.days, dayKey, found);
  }
  if (keys.runDays.size > 0) {
    const wanted = [...keys.runDays.values()];
    const found = client.query<StoredRow>(
      `select d.through, d.body::text as body
         from unnest($1::text[], $2::text[]) as k (run_id, day)
         join ${tables.runDays} d on d.run_id = k.run_id and d.day = k.day`,
      [wanted.map((key) => key.runId), wanted.map((key) => key.day)],
    );
    await fill(rows.runDays, ({ runId, report }) => runDayKey({ runId, day: report.day }), found);
  }
  return rows;
}

async function byId(
  client: PoolClient,
  table: string,
  ids: ReadonlySet<string>,
): Promise<Pick<QueryResult<StoredRow>, 'rows'>> {
  if (ids.size === 0) return { rows: [] };
  return client.query<StoredRow>(`select through, body::text as body from ${table} where id = any($1)`, [
    [...ids],
  ]);
}

async function fill<Row>(
  table: WorkingTable<Row>,
  keyOf: (row: Row) => string,
  found: Promise<Pick<QueryResult<StoredRow>, 'rows'>>,
): Promise<void> {
  for (const { through, body } of (await found).rows) {
    const row = JSON.parse(body) as Row;
    table.rows.set(keyOf(row), { row, through });
  }
}

/** Writes what changed: first what is forgotten, then the rows, one statement per table. */
export async function writeRows(client: PoolClient, tables: ViewTables, rows: WorkingRows): Promise<void> {
  for (const { sourceId, before } of rows.forgotten) {
    await client.query(`delete from ${tables.days} where source_id = $1 and through < $2`, [
      sourceId,
      before,
    ]);
  }
  await upsert(client, tables.sources, ['id'], {
    columns: { id: 'text', name: 'text', removed: 'boolean' },
    rows: changedOf(rows.sources),
    valuesOf: (row) => [row.id, row.settings.name, row.removed],
  });
  await upsert(client, tables.days, ['source_id', 'day'], {
    columns: { source_id: 'text', day: 'text', sealed: 'boolean', differing: 'bigint' },
    rows: changedOf(rows.days),
    valuesOf: ({ sourceId, day, count }) => [
      sourceId,
      day,
      count?.sealed ?? false,
      count === null ? 0 : sizeOf(count),
    ],
  });
  await writeRuns(client, tables, rows);
}

async function writeRuns(client: PoolClient, tables: ViewTables, rows: WorkingRows): Promise<void> {
  await upsert(client, tables.runs, ['id'], {
    columns: {
      id: 'text',
      source_id: 'text',
      position: 'text',
      requested_at: 'timestamptz',
      status: 'text',
      type: 'text',
      trigger: 'text',
    },
    rows: changedOf(rows.runs),
    valuesOf: ({ id, request, position, status }) => [
      id,
      request.sourceId,
      position,
      request.requestedAt,
      status,
      request.type,
      request.trigger.kind,
    ],
  });
  await upsert(client, tables.runDays, ['run_id', 'day'], {
    columns: { run_id: 'text', day: 'text', source_id: 'text' },
    rows: changedOf(rows.runDays),
    valuesOf: ({ runId, sourceId, report }) => [runId, report.day, sourceId],
  });
}

function changedOf<Row>(table: WorkingTable<Row>): readonly Folded<Row>[] {
  return [...table.changed].flatMap((key) => table.rows.get(key) ?? []);
}

type Value = string | number | boolean;

interface Written<Row> {
  /** Name and type of the columns beside `through` and `body`. */
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: readonly Folded<Row>[];
  readonly valuesOf: (row: Row) => readonly Value[];
}

async function upsert<Row>(
  client: PoolClient,
  table: string,
  key: readonly string[],
  written: Written<Row>,
): Promise<void> {
  if (written.rows.length === 0) return;
  const columns = { ...written.columns, through: 'text', body: 'json' };
  const columnNames = Object.keys(columns);
  const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
  const set = columnNames
    .filter((column) => !key.includes(column))
    .map((name) => `${name} = excluded.${name}`);
  const records = written.rows.map(({ row, through }) => [
    ...written.valuesOf(row),
    through,
    JSON.stringify(row),
  ]);
  await client.query(
    `insert into ${table} (${columnNames.join(', ')}) select * from unnest(${arrays.join(', ')})
       on conflict (${key.join(', ')}) do update set ${set.join(', ')}`,
    columnNames.map((_, column) => records.map((record) => record[column])),
  );
}
