/**
 * A day's elements as the copy holds them, a page at a time, in the order of their keys' text (COLLATE "C").
 *
 * One statement walks the primary key, one probe per element, until the page is full or its bytes are: what lies beyond
 * is never read, however large it is. A walk in one scan with a running sum would make the text of every row up to the
 * limit before it could leave any out. The database also writes the payload's JSON: an object of Node's would put
 * columns named `1` or `__proto__` where they do not belong.
 */
import { PINNED_TEXT_SETTINGS_SQL, quoteIdentifier, quoteLiteral } from '@daymark/sources/postgres';
import type { ClientBase, Pool } from 'pg';
import { sqlState } from './faults';
import { rowsOf, transaction, withClient } from './rows';
import type { TargetSchemas } from './schema';
import { readTable, versionSql, type SourceTable } from './table';

export interface StoredElement {
  readonly key: string;
  /** Recomputed from the stored columns: the number that the day's digest sums, as text. */
  readonly version: string;
  /**
   * A JSON object of the source's own columns in the source's order, as text; every value is what PostgreSQL prints of
   * it (as COPY does, and as the version hashes it), or null. Null where that text is larger than LARGEST_PAYLOAD.
   */
  readonly payload: string | null;
  /** Of the printed values together. */
  readonly bytes: number;
}

export interface ElementsWanted {
  /** Begins behind this key; null: with the first. */
  readonly after: string | null;
  /** At least 1. */
  readonly limit: number;
  /** Only the element with exactly this key. */
  readonly key?: string;
  /** Only elements whose key begins so. */
  readonly prefix?: string;
}

export interface ElementsPage {
  readonly items: readonly StoredElement[];
  /** Where the next page begins, for `after`; null when there is nothing more. */
  readonly next: string | null;
}

/** A page ends early rather than hold more JSON than this; one element that is larger comes alone. */
export const PAGE_BYTES = 4 * 1024 * 1024;

/** An element with more text than this is named without its payload: no answer has to hold it. */
export const LARGEST_PAYLOAD = 64 * 1024 * 1024;

/** A reader waits neither for ever nor longer than its client does; nor does compiling pay for a page. */
const READ_SETTINGS_SQL = `${PINNED_TEXT_SETTINGS_SQL} SET TRANSACTION READ ONLY;
  SET LOCAL jit = off; SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '5s';`;

const nothing: ElementsPage = { items: [], next: null };

/** Empty for a source or a day that was never copied, and once the source's elements are dropped. */
export async function readPage(
  { pool, schemas }: { pool: Pool; schemas: TargetSchemas },
  sourceId: string,
  day: string,
  wanted: ElementsWanted,
): Promise<ElementsPage> {
  // PostgreSQL's texts have no NUL, so no key does.
  if ([wanted.key, wanted.prefix, wanted.after].some((text) => text?.includes('\0'))) return nothing;
  return withClient(pool, (client) =>
    transaction(client, async () => {
      await client.query(READ_SETTINGS_SQL);
      const table = await readTable(client, schemas, sourceId);
      return table === null ? nothing : await walk(client, table, day, wanted);
    }).catch((error: unknown) => {
      if (sqlState(error) === '42P01') return nothing; // dropped since its name was read
      throw error;
    }),
  );
}

async function walk(
  client: ClientBase,
  table: SourceTable,
  day: string,
  wanted: ElementsWanted,
): Promise<ElementsPage> {
  const prefix = wanted.prefix ?? '';
  const rows = await rowsOf(client, pageSql(table, day, wanted), [prefix, ...startOf(wanted).values]);
  const items = rows.map((row) => ({
    key: row['key'] ?? '',
    version: row['version'] ?? '',
    payload: row['payload'] ?? null,
    bytes: Number(row['bytes']),
  }));
  const more = wanted.key === undefined && rows.at(-1)?.['more'] === 'true';
  return { items, next: more ? (items.at(-1)?.key ?? null) : null };
}

/** Where the walk begins: a condition on the key's text, `$1` being the prefix. */
function startOf({ key, after }: ElementsWanted): {
  readonly sql: (keyText: string) => string;
  readonly values: readonly string[];
} {
  const behind = key ?? after;
  if (behind === null) return { sql: (keyText) => `${keyText} >= $1::text`, values: [] };
  const relation = key === undefined ? '>' : '=';
  return { sql: (keyText) => `${keyText} >= $1::text AND ${keyText} ${relation} $2::text`, values: [behind] };
}

/**
 * Keys with one prefix lie side by side under COLLATE "C": the first that does not begin so ends the walk. Whether there
 * is more is asked of the key alone.
 */
function pageSql(table: SourceTable, day: string, wanted: ElementsWanted): string {
  const onDay = `t.${table.day} = ${quoteLiteral(day)}::date`;
  const keyText = `t.${table.keyText}`;
  const first = `${onDay} AND ${startOf(wanted).sql(keyText)}`;
  const most = wanted.key === undefined ? Math.max(1, Math.trunc(wanted.limit)) : 1;
  const room = `page.number < ${most} AND page.weight < ${PAGE_BYTES}`;
  const nextKey = `SELECT ${keyText} AS key FROM ${table.name} t
    WHERE ${onDay} AND ${keyText} > page.key ORDER BY ${keyText} LIMIT 1`;
  return `WITH RECURSIVE page AS (
      SELECT 1 AS number, e.key, e.version, e.payload, e.bytes, e.weight
      FROM (${elementSql(table, first)}) e
      WHERE pg_catalog.starts_with(e.key, $1::text)
    UNION ALL
      SELECT page.number + 1, e.key, e.version, e.payload, e.bytes, page.weight + e.weight
      FROM page CROSS JOIN LATERAL (
        ${elementSql(table, `${onDay} AND ${keyText} > page.key AND ${room}`)}) e
      WHERE pg_catalog.starts_with(e.key, $1::text) AND page.weight + e.weight <= ${PAGE_BYTES}
    )
    SELECT key, version, payload, bytes::text,
      (number = max(number) OVER () AND coalesce(
        (SELECT pg_catalog.starts_with(following.key, $1::text) FROM (${nextKey}) following), false))::text AS more
    FROM page ORDER BY number`;
}

/** The first element that satisfies the condition, if any. */
function elementSql(table: SourceTable, condition: string): string {
  const names = table.columns.map((column) => quoteIdentifier(column.name));
  // concat() prints a value as its type does; a cast to text would write `true` for `t` and cut a char(n)'s blanks.
  const printed = names.map(
    (name) => `CASE WHEN t.${name} IS NOT NULL THEN pg_catalog.concat(t.${name}) END AS ${name}`,
  );
  const bytes = names.map((name) => `coalesce(pg_catalog.octet_length(p.${name}), 0)::bigint`).join(' + ');
  return `SELECT t.${table.keyText} AS key, ${versionSql(table, 't')}::text AS version, json.payload, size.bytes,
      pg_catalog.octet_length(t.${table.keyText}) + coalesce(pg_catalog.octet_length(json.payload), 0)::bigint AS weight
    FROM (SELECT t.* FROM ${table.name} t WHERE ${condition} ORDER BY t.${table.keyText} LIMIT 1) t
    CROSS JOIN LATERAL (SELECT ${printed.join(', ')} OFFSET 0) p
    CROSS JOIN LATERAL (SELECT ${bytes} AS bytes OFFSET 0) size
    CROSS JOIN LATERAL (
      SELECT CASE WHEN size.bytes <= ${LARGEST_PAYLOAD} THEN pg_catalog.row_to_json(p.*)::text END AS payload OFFSET 0) json`;
}
