import type { Readable } from 'node:stream';
import type { Census, HashAlgorithm, Retention, SnapshotSession } from '../port';
import { checkDay } from './calendar-day';
import { ALIAS, columnSql, relationSql } from './catalog';
import type { TableShape } from './catalog';
import type { SourceConnection } from './connection';
import { copyRows } from './copy-rows';
import { dayGroupSql, oldestDaySql, onDaysSql, unreadableReason } from './day-sql';
import { quoteLiteral, textArrayLiteral } from './quoting';
import { digestSql, keyTextSql, recordVersionSql } from './record-version';

/** The pieces that all of a session's queries are put together from. */
interface Pieces {
  readonly from: string;
  readonly version: string;
  readonly key: string;
}

const piecesOf = ({ relation, columns, key }: TableShape, hash: HashAlgorithm): Pieces => ({
  from: `${relationSql(relation)} AS ${ALIAS}`,
  version: recordVersionSql(
    hash,
    columns.map(({ name }) => columnSql(name)),
  ),
  key: keyTextSql(key.map(({ name }) => columnSql(name))),
});

/** Types of which a value has one text and a text one value: such a key is looked up by its own index. */
const ONE_TEXT = new Set(['smallint', 'integer', 'bigint', 'uuid']);
const TEXTS = new Set(['text', 'character varying']);

/** A join by hash on any server version; `= ANY` of thousands of keys is a linear search before PostgreSQL 14. */
const amongKeysSql = (shape: TableShape, key: string, keys: readonly string[]): string => {
  const [column] = shape.key;
  const list = `unnest(${textArrayLiteral(keys)})`;
  if (shape.key.length === 1 && column !== undefined) {
    const name = columnSql(column.name);
    if (ONE_TEXT.has(column.type)) {
      return `${name} IN (SELECT k::${column.type} FROM ${list} AS k)`;
    }
    if (TEXTS.has(column.baseType) && column.deterministic) {
      return `${name}::text IN (SELECT k FROM ${list} AS k)`;
    }
  }
  return `${key} COLLATE pg_catalog."C" IN (SELECT k FROM ${list} AS k)`;
};

/**
 * OFFSET 0 keeps the subquery apart: each expression is computed once a row, and the planner expects some hundred groups
 * instead of one for each distinct instant, for which it would sort all rows.
 */
const census = async (
  connection: SourceConnection,
  shape: TableShape,
  request: { readonly pieces: Pieces; readonly days: readonly string[] | undefined },
): Promise<Census> => {
  const { pieces, days } = request;
  const where = days === undefined ? '' : `WHERE ${onDaysSql(shape.day, days)}`;
  const groups = await connection.query(`
    SELECT e.day::text AS day, count(*) AS count, ${digestSql('e.version')} AS digest
    FROM (SELECT ${dayGroupSql(shape.day)} AS day, ${pieces.version} AS version FROM ${pieces.from} ${where} OFFSET 0) AS e
    GROUP BY e.day ORDER BY e.day`);
  const readable = groups.filter((group) => unreadableReason(group['day'] ?? null) === null);
  const unreadable = groups.filter((group) => unreadableReason(group['day'] ?? null) !== null);
  return {
    days: new Map(
      readable.map((group) => [
        group['day'] ?? '',
        { count: Number(group['count']), digest: group['digest'] ?? '' },
      ]),
    ),
    unreadable: {
      count: unreadable.reduce((sum, group) => sum + Number(group['count']), 0),
      reasons: [...new Set(unreadable.map((group) => unreadableReason(group['day'] ?? null) ?? ''))],
    },
  };
};

const retention = async (
  connection: SourceConnection,
  shape: TableShape,
  from: string,
): Promise<Retention> => {
  const [row] = await connection.query(oldestDaySql(shape.day, from));
  return { days: null, oldestDay: row?.['day'] ?? null };
};

const elementsSql = (
  shape: TableShape,
  pieces: Pieces,
  asked: { readonly day: string; readonly keys: readonly string[] | undefined },
): string => {
  const { day, keys } = asked;
  const among = keys === undefined ? '' : ` AND ${amongKeysSql(shape, pieces.key, keys)}`;
  const columns = shape.columns.map(({ name }) => columnSql(name)).join(', ');
  return `SELECT ${quoteLiteral(day)}, ${pieces.key}, ${columns} FROM ${pieces.from}
    WHERE ${onDaysSql(shape.day, [day])}${among}`;
};

/** What a session is made of once its snapshot is taken. */
export interface SnapshotFacts {
  readonly at: string;
  readonly hash: HashAlgorithm;
  readonly shape: TableShape;
}

/** The session over a connection whose transaction holds the snapshot. */
export const snapshotSession = (connection: SourceConnection, facts: SnapshotFacts): SnapshotSession => {
  const { at, hash, shape } = facts;
  const pieces = piecesOf(shape, hash);
  return {
    at,
    description: {
      columns: shape.columns,
      key: shape.key.map(({ name }) => name),
      version: { kind: 'record', hash },
    },
    retention: () => retention(connection, shape, pieces.from),
    census: async (days) => {
      const asked = days?.map(checkDay);
      return census(connection, shape, { pieces, days: asked });
    },
    fingerprints: (day): Readable => {
      const where = onDaysSql(shape.day, [checkDay(day)]);
      return copyRows(
        connection,
        `SELECT ${pieces.key}, ${pieces.version} FROM ${pieces.from} WHERE ${where}`,
      );
    },
    elements: (day, keys): Readable =>
      copyRows(connection, elementsSql(shape, pieces, { day: checkDay(day), keys })),
    close: () => connection.close(),
  };
};
