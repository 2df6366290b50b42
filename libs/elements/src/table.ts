/**
 * One typed table per source: the source's own columns and types, and two of ours, the day and the key's text. The
 * version is not stored: it is recomputed from the stored columns wherever it is needed, so that it can never be a
 * copied one.
 */
import type { HashAlgorithm, SourceColumn, SourceDescription } from '@daymark/sources';
import { quoteIdentifier, recordVersionSql } from '@daymark/sources/postgres';
import type { ClientBase } from 'pg';
import { checkFence } from './fence';
import type { Lease } from './lease';
import { rowsOf, transaction } from './rows';
import type { TargetSchemas } from './schema';

export interface SourceTable {
  readonly sourceId: string;
  readonly columns: readonly SourceColumn[];
  readonly key: readonly string[];
  readonly hash: HashAlgorithm;
  /** `schema.table`, quoted. */
  readonly name: string;
  /** Names of our own columns, quoted. */
  readonly day: string;
  readonly keyText: string;
}

/** Types whose text means the same only inside its own database, or that not every server can read. */
const asText = /^(reg[a-z]+|xml|aclitem|pg_node_tree|refcursor)(\[\])*$/;

/** The recorded table of a source, null before the first run. */
export async function readTable(
  client: ClientBase,
  schemas: TargetSchemas,
  sourceId: string,
): Promise<SourceTable | null> {
  const e = quoteIdentifier(schemas.elements);
  const [row] = await rowsOf(
    client,
    `SELECT table_name, columns::text, key::text, hash, day_column, key_column
     FROM ${e}.source_tables WHERE source_id = $1`,
    [sourceId],
  );
  return row === undefined ? null : tableOf(row, sourceId, e);
}

function tableOf(row: Record<string, string>, sourceId: string, schema: string): SourceTable {
  const text = (column: string) => row[column] ?? '';
  return {
    sourceId,
    columns: JSON.parse(text('columns')) as SourceColumn[],
    key: JSON.parse(text('key')) as string[],
    hash: text('hash') === 'md5' ? 'md5' : 'hashtextextended',
    name: `${schema}.${quoteIdentifier(text('table_name'))}`,
    day: quoteIdentifier(text('day_column')),
    keyText: quoteIdentifier(text('key_column')),
  };
}

/**
 * The source's table and view, made at its first run; later the view follows the source's name. One transaction.
 *
 * @throws ElementsFault RUN_FENCED when the lease is somebody else's now
 */
export async function ensureTable(
  client: ClientBase,
  schemas: TargetSchemas,
  lease: Lease,
  given: { name: string; description: SourceDescription },
): Promise<SourceTable> {
  const source = { id: lease.sourceId, ...given };
  await transaction(client, async () => {
    const known = await readTable(client, schemas, source.id);
    if (known === null) await createTable(client, schemas, source);
    else await followName(client, schemas, source);
    await checkFence(client, schemas, lease);
  });
  const table = await readTable(client, schemas, source.id);
  if (table === null) throw new Error(`The table of source ${source.id} is gone right after it was made.`);
  return table;
}

async function createTable(
  client: ClientBase,
  schemas: TargetSchemas,
  source: { id: string; name: string; description: SourceDescription },
): Promise<void> {
  const { columns, key, version } = source.description;
  const names = new Set(columns.map((column) => column.name));
  const day = freeName('daymark_day', names);
  const keyText = freeName('daymark_key', names);
  const table = `source_${source.id.replaceAll('-', '')}`;
  const qualified = `${quoteIdentifier(schemas.elements)}.${quoteIdentifier(table)}`;
  const types = await storedTypes(client, columns);
  const own = columns.map((column, i) => `${quoteIdentifier(column.name)} ${types[i] ?? 'text'}`);
  await client.query(
    `CREATE TABLE ${qualified} (
       ${quoteIdentifier(day)} date NOT NULL, ${quoteIdentifier(keyText)} text COLLATE "C" NOT NULL, ${own.join(', ')},
       PRIMARY KEY (${quoteIdentifier(day)}, ${quoteIdentifier(keyText)}))`,
  );
  const listed = columns.map((column) => quoteIdentifier(column.name)).join(', ');
  await moveAside(client, schemas, source.name);
  await client.query(`CREATE VIEW ${viewName(schemas, source.name)} AS SELECT ${listed} FROM ${qualified}`);
  await client.query(
    `INSERT INTO ${quoteIdentifier(schemas.elements)}.source_tables
       (source_id, table_name, view_name, columns, key, hash, day_column, key_column)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [source.id, table, source.name, JSON.stringify(columns), JSON.stringify(key), version.hash, day, keyText],
  );
}

/** The view takes the source's name, and keeps its grants. Nothing before the first run. */
export async function followName(
  client: ClientBase,
  schemas: TargetSchemas,
  source: { id: string; name: string },
): Promise<void> {
  const e = quoteIdentifier(schemas.elements);
  const [row] = await rowsOf(
    client,
    `SELECT view_name FROM ${e}.source_tables WHERE source_id = $1 FOR UPDATE`,
    [source.id],
  );
  const now = row?.['view_name'];
  if (now === undefined || now === source.name) return;
  await moveAside(client, schemas, source.name);
  await client.query(`ALTER VIEW ${viewName(schemas, now)} RENAME TO ${quoteIdentifier(source.name)}`);
  await client.query(`UPDATE ${e}.source_tables SET view_name = $2 WHERE source_id = $1`, [
    source.id,
    source.name,
  ]);
}

/** Frees a view's name that another source had before it was renamed: its own view follows at its own next run. */
async function moveAside(client: ClientBase, schemas: TargetSchemas, name: string): Promise<void> {
  const e = quoteIdentifier(schemas.elements);
  const [other] = await rowsOf(
    client,
    `SELECT source_id::text AS id FROM ${e}.source_tables WHERE view_name = $1 FOR UPDATE`,
    [name],
  );
  if (other === undefined) return;
  const id = other['id'] ?? '';
  const aside = `${name}_${id.slice(0, 8)}`;
  await client.query(`ALTER VIEW ${viewName(schemas, name)} RENAME TO ${quoteIdentifier(aside)}`);
  await client.query(`UPDATE ${e}.source_tables SET view_name = $2 WHERE source_id = $1`, [id, aside]);
}

function viewName(schemas: TargetSchemas, name: string): string {
  return `${quoteIdentifier(schemas.copy)}.${quoteIdentifier(name)}`;
}

/** Forgets a source: its elements, its view, its days. One transaction. */
export async function dropTable(client: ClientBase, schemas: TargetSchemas, lease: Lease): Promise<void> {
  const { sourceId } = lease;
  const e = quoteIdentifier(schemas.elements);
  const table = await readTable(client, schemas, sourceId);
  await transaction(client, async () => {
    if (table !== null) await client.query(`DROP TABLE ${table.name} CASCADE`);
    await client.query(`DELETE FROM ${e}.source_tables WHERE source_id = $1`, [sourceId]);
    await client.query(`DELETE FROM ${e}.day_summaries WHERE source_id = $1`, [sourceId]);
    await checkFence(client, schemas, lease);
  });
}

function freeName(wanted: string, taken: ReadonlySet<string>): string {
  return taken.has(wanted) ? freeName(`${wanted}_`, taken) : wanted;
}

/** The source's own types where this server has them built in, else text: what a type prints is what is kept. */
async function storedTypes(client: ClientBase, columns: readonly SourceColumn[]): Promise<string[]> {
  const rows = await rowsOf(
    client,
    `SELECT coalesce(t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype IN ('b', 'r', 'm'), false)::text AS known
     FROM unnest($1::text[]) WITH ORDINALITY AS asked (type, i)
     LEFT JOIN pg_catalog.pg_type t ON t.oid = to_regtype(asked.type)
     ORDER BY asked.i`,
    [columns.map((column) => column.type)],
  );
  return columns.map(({ type }, i) => (rows[i]?.['known'] === 'true' && !asText.test(type) ? type : 'text'));
}

/** The version of a stored element, as the source computed it: an SQL expression over the table's columns. */
export function versionSql(table: SourceTable, alias: string): string {
  const columns = table.columns.map((column) => `${alias}.${quoteIdentifier(column.name)}`);
  return recordVersionSql(table.hash, columns);
}

/** Our two columns and the source's own, in the order in which elements are streamed. */
export function storedColumns(table: SourceTable): string[] {
  return [table.day, table.keyText, ...table.columns.map((column) => quoteIdentifier(column.name))];
}
