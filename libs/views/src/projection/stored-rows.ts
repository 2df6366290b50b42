import type { Pool, PoolClient, QueryResult } from 'pg';
import { sizeOf } from '@daymark/domain/counts';
import {
  dayKey,
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

/** Adds every row that the keys name and that exists: one query per table, none for a table without keys. */
export async function readRows(
  client: Pick<Pool, 'query'>,
  tables: ViewTables,
  keys: RowKeys,
  rows: WorkingRows,
): Promise<void> {
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
}

async function byId(
  client: Pick<Pool, 'query'>,
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
    const key = keyOf(row);
    table.rows.set(key, { row, through });
    table.stored.add(key);
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
    table: rows.sources,
    valuesOf: (row) => [row.id, row.settings.name, row.removed],
  });
  await upsert(client, tables.days, ['source_id', 'day'], {
    columns: { source_id: 'text', day: 'text', sealed: 'boolean', differing: 'bigint' },
    table: rows.days,
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
    table: rows.runs,
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
    table: rows.runDays,
    valuesOf: ({ runId, sourceId, report }) => [runId, report.day, sourceId],
  });
}

type Value = string | number | boolean;

interface Written<Row> {
  /** Name and type of the columns beside `through` and `body`. */
  readonly columns: Readonly<Record<string, string>>;
  readonly table: WorkingTable<Row>;
  readonly valuesOf: (row: Row) => readonly Value[];
}

/** Ends each row's JSON in the one text that carries them all: JSON has it nowhere but escaped. */
const separator = '\u001e';

/**
 * Rows that were not there go in without a question, the others in their place. Whoever holds the checkpoint is the
 * only one who writes.
 */
async function upsert<Row>(
  client: PoolClient,
  table: string,
  key: readonly string[],
  written: Written<Row>,
): Promise<void> {
  const { rows, changed, stored } = written.table;
  const fresh: Folded<Row>[] = [];
  const known: Folded<Row>[] = [];
  for (const name of changed) {
    const row = rows.get(name);
    if (row !== undefined) (stored.has(name) ? known : fresh).push(row);
  }
  const set = [...Object.keys(written.columns), 'through', 'body']
    .filter((column) => !key.includes(column))
    .map((name) => `${name} = excluded.${name}`);
  await insert(client, { table, written, rows: fresh, conflict: '' });
  const conflict = `on conflict (${key.join(', ')}) do update set ${set.join(', ')}`;
  await insert(client, { table, written, rows: known, conflict });
}

async function insert<Row>(
  client: PoolClient,
  {
    table,
    written,
    rows,
    conflict,
  }: { table: string; written: Written<Row>; rows: readonly Folded<Row>[]; conflict: string },
): Promise<void> {
  if (rows.length === 0) return;
  const columns = { ...written.columns, through: 'text' };
  const names = Object.keys(columns);
  const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
  const values = rows.map(({ row, through }) => [...written.valuesOf(row), through]);
  // An array parameter would have each text escaped here and parsed there: half of the time of a rebuild.
  const bodies = rows.map(({ row }) => JSON.stringify(row)).join(separator);
  await client.query(
    `insert into ${table} (${names.join(', ')}, body)
       select ${names.join(', ')}, body::json
         from rows from (unnest(${arrays.join(', ')}), unnest(string_to_array($${names.length + 1}, $${names.length + 2})))
           as t (${names.join(', ')}, body)
       ${conflict}`,
    [...names.map((_, column) => values.map((record) => record[column])), bodies, separator],
  );
}
