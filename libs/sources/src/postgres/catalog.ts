import { SourceFault } from '../port';
import type { SourceColumn, SourceFaultCode } from '../port';
import { rowsHidden } from './faults';
import { quoteIdentifier, quoteLiteral } from './quoting';
import type { Query } from './record-version';
import type { PostgresConnectorSettings } from './settings';
import type { DayColumn } from './day-sql';

/** A relation of the source, named as its catalog names it. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: string;
}

interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  /** The type below all domains. */
  readonly baseType: string;
  /** Whether equal texts are the same bytes in this column's collation; true without one. */
  readonly deterministic: boolean;
}

/** Everything about the table that the session's queries are made of. */
export interface TableShape {
  readonly relation: Relation;
  readonly columns: readonly SourceColumn[];
  readonly day: DayColumn;
  readonly key: readonly CatalogColumn[];
}

export const ALIAS = 's';

/** A column as the queries name it. Qualified: a bare name may be taken for the row. */
export const columnSql = (name: string): string => `${quoteIdentifier(ALIAS)}.${quoteIdentifier(name)}`;

export const relationSql = ({ schema, name }: Relation): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;

const fault = (code: SourceFaultCode, path: string, message: string): SourceFault =>
  new SourceFault(code, message, { path });

/** Tables, partitioned tables, views, materialized views and foreign tables. */
const KINDS = `'r', 'p', 'v', 'm', 'f'`;

/**
 * Finds the table by comparing the setting with the names the catalog holds: no name is ever made from the setting's
 * text. Written without quotes the names are taken as they stand.
 *
 * @throws SourceFault SOURCE_TABLE_UNKNOWN
 */
export const findRelation = async (query: Query, table: string): Promise<Relation> => {
  const asked = quoteLiteral(table);
  const quoted = (name: string): string => `'"' || replace(${name}, '"', '""') || '"'`;
  const rows = table.includes('\0')
    ? []
    : await query(`SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN (${KINDS}) AND (n.nspname || '.' || c.relname = ${asked}
          OR ${quoted('n.nspname')} || '.' || ${quoted('c.relname')} = ${asked})`);
  const [row, another] = rows;
  if (row === undefined) {
    throw fault(
      'SOURCE_TABLE_UNKNOWN',
      'connector.table',
      `The source has no table ${table} (schema.table).`,
    );
  }
  if (another !== undefined) {
    throw fault(
      'SOURCE_TABLE_UNKNOWN',
      'connector.table',
      `${table} is ambiguous: quote the names, "schema"."table".`,
    );
  }
  return { schema: row['schema'] ?? '', name: row['name'] ?? '', kind: row['kind'] ?? '' };
};

/** Zones by the source's own list: an abbreviation or a POSIX rule is no zone, and `AT TIME ZONE` would take both. */
export const checkZones = async (query: Query, settings: PostgresConnectorSettings): Promise<void> => {
  const zones: readonly (readonly [string, string | undefined])[] = [
    ['timeZone', settings.timeZone],
    ['connector.day.timeZone', settings.day.timeZone],
  ];
  const rows = await query('SELECT name FROM pg_catalog.pg_timezone_names');
  const known = new Set(rows.map((row) => row['name']));
  for (const [path, zone] of zones) {
    if (zone !== undefined && !known.has(zone)) {
      throw fault(
        'SOURCE_TIME_ZONE_UNKNOWN',
        path,
        `The source's server does not know the time zone ${zone}.`,
      );
    }
  }
};

const readColumns = async (query: Query, { schema, name }: Relation): Promise<readonly CatalogColumn[]> => {
  const rows = await query(`
    SELECT a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
      (WITH RECURSIVE base (oid, below) AS (
        SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
        UNION ALL SELECT t.oid, t.typbasetype FROM pg_catalog.pg_type t JOIN base ON t.oid = base.below
      ) SELECT pg_catalog.format_type(base.oid, NULL) FROM base WHERE base.below = 0) AS base,
      coalesce((SELECT l.collisdeterministic FROM pg_catalog.pg_collation l WHERE l.oid = a.attcollation), true)::text
        AS deterministic,
      pg_catalog.row_security_active(c.oid)::text AS hidden
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${quoteLiteral(schema)} AND c.relname = ${quoteLiteral(name)}
      AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum`);
  if (rows.some((row) => row['hidden'] === 'true')) {
    throw rowsHidden();
  }
  return rows.map((row) => ({
    name: row['name'] ?? '',
    type: row['type'] ?? '',
    baseType: row['base'] ?? '',
    deterministic: row['deterministic'] === 'true',
  }));
};

/** The recorded columns must all be there as they were; what was added stays out. */
const checkSchema = (found: readonly CatalogColumn[], recorded: readonly SourceColumn[]): void => {
  const types = new Map(found.map((column) => [column.name, column.type]));
  const changes = recorded.flatMap(({ name, type }) => {
    const now = types.get(name);
    if (now === undefined) {
      return [`${name} is gone`];
    }
    return now === type ? [] : [`${name} was ${type} and is ${now}`];
  });
  if (changes.length > 0) {
    throw fault(
      'SOURCE_SCHEMA_CHANGED',
      'connector.table',
      `The table's columns changed: ${changes.join('; ')}.`,
    );
  }
};

const findColumn = (found: readonly CatalogColumn[], name: string, path: string): CatalogColumn => {
  const column = found.find((candidate) => candidate.name === name);
  if (column === undefined) {
    throw fault('SOURCE_COLUMN_UNKNOWN', path, `The table has no column ${name}.`);
  }
  return column;
};

const KIND_BY_TYPE: ReadonlyMap<string, DayColumn['kind']> = new Map([
  ['date', 'date'],
  ['timestamp with time zone', 'timestamptz'],
  ['timestamp without time zone', 'timestamp'],
]);

const dayColumn = (found: readonly CatalogColumn[], settings: PostgresConnectorSettings): DayColumn => {
  const column = findColumn(found, settings.day.column, 'connector.day.column');
  const kind = KIND_BY_TYPE.get(column.baseType);
  if (kind === undefined) {
    const message = `A day is a date, a timestamp with time zone or a timestamp; ${column.name} is ${column.type}.`;
    throw fault('SOURCE_DAY_TYPE_UNSUPPORTED', 'connector.day.column', message);
  }
  const writtenIn = settings.day.timeZone;
  if ((kind === 'timestamp') !== (writtenIn !== undefined)) {
    const message = `day.timeZone is for a timestamp without time zone, and needed there; ${column.name} is ${column.type}.`;
    throw fault('SOURCE_DAY_TIME_ZONE', 'connector.day.timeZone', message);
  }
  return { kind, column: columnSql(column.name), timeZone: settings.timeZone, writtenIn: writtenIn ?? '' };
};

const keyColumns = (found: readonly CatalogColumn[], key: readonly string[]): readonly CatalogColumn[] => {
  if (key.length === 0 || new Set(key).size < key.length) {
    throw fault('SOURCE_COLUMN_UNKNOWN', 'connector.key', 'The key names one or more columns, each once.');
  }
  return key.map((name, index) => findColumn(found, name, `connector.key[${index}]`));
};

const roleOf = (name: string, settings: PostgresConnectorSettings): SourceColumn['role'] => {
  if (settings.key.includes(name)) {
    return 'key';
  }
  return settings.day.column === name ? 'day' : 'payload';
};

/**
 * Reads the table's columns and fits the settings and the recorded columns to them.
 *
 * @throws SourceFault
 */
export const readShape = async (
  query: Query,
  relation: Relation,
  request: {
    readonly settings: PostgresConnectorSettings;
    readonly recorded: readonly SourceColumn[] | undefined;
  },
): Promise<TableShape> => {
  const { settings, recorded } = request;
  const found = await readColumns(query, relation);
  checkSchema(found, recorded ?? []);
  const key = keyColumns(found, settings.key);
  const day = dayColumn(found, settings);
  const columns = (recorded ?? found).map(({ name, type }) => ({ name, type, role: roleOf(name, settings) }));
  return { relation, columns, day, key };
};
