import type { HashAlgorithm } from '../port';
import { DIGEST_TEST_VECTORS } from './digest-test-vectors';
import { quoteLiteral } from './quoting';

/** Runs one statement; simple enough for any client. */
export type Query = (sql: string) => Promise<readonly Readonly<Record<string, string | null>>[]>;

/**
 * The version of a record as SQL, a `bigint`: the one expression used at a PostgreSQL source and at the target. Both
 * sides agree on it under {@link PINNED_TEXT_SETTINGS_SQL} and, for `hashtextextended`, if {@link agreedHashes} names it
 * on both.
 *
 * @param columns expressions already quoted and qualified, in the recorded order; at least one. A column of a type
 * stored as text at the target has the same text, thus the same version.
 */
export const recordVersionSql = (hash: HashAlgorithm, columns: readonly string[]): string =>
  hashSql(hash, recordTextSql(columns));

/** `ROW(…)` is written out: without it one column alone would not be a record, and `t::text` may pick a column `t`. */
const recordTextSql = (columns: readonly string[]): string => {
  if (columns.length === 0) {
    throw new RangeError('A version covers at least one column.');
  }
  return `(ROW(${columns.join(', ')})::text)`;
};

/** Å and à hold the bytes 85 and A0. */
const BARE_RECORD = '(Åà)';
const BARE_RECORD_SQL = `ROW('Åà'::text)::text`;

const hashSql = (hash: HashAlgorithm, text: string): string =>
  hash === 'hashtextextended'
    ? `pg_catalog.hashtextextended(${text} COLLATE pg_catalog."C", 0)`
    : `('x' || pg_catalog.substr(pg_catalog.md5(pg_catalog.convert_to(${text}, 'UTF8')), 1, 16))::bit(64)::bigint`;

/** A day's digest: the exact sum of its versions, as text. `versions` is an expression of type `bigint`. */
export const digestSql = (version: string): string => `coalesce(sum(${version}), 0)::numeric::text`;

/**
 * The key's text. One column: its text. More: the JSON array of their texts as `jsonb` prints it, one space after each
 * comma, `["7", "a\"b"]`, the same in PostgreSQL 12 to 18. NULL in any column: NULL, for an element without a key.
 */
export const keyTextSql = (columns: readonly string[]): string => {
  const texts = columns.map((column) => `${column}::text`);
  if (texts.length === 1) {
    return `(${texts.join('')})`;
  }
  const array = `pg_catalog.jsonb_build_array(${texts.join(', ')})::text`;
  return `(CASE WHEN pg_catalog.num_nulls(${columns.join(', ')}) = 0 THEN ${array} END)`;
};

/**
 * A query whose rows {@link hashVectorAgrees} judges. Only for a server whose encoding is UTF8. The last vector's text is
 * made by the server: some systems' C libraries call bytes of multi-byte characters white space, and PostgreSQL would
 * quote a field for it that others leave bare.
 */
export const hashVectorSql = (hash: HashAlgorithm): string => {
  const texts = DIGEST_TEST_VECTORS.map(({ text }) =>
    text === BARE_RECORD ? BARE_RECORD_SQL : quoteLiteral(text),
  );
  const values = texts.map((text, index) => `(${index}, ${text}::text)`);
  return `SELECT ${hashSql(hash, 'v.text')}::text AS version FROM (VALUES ${values.join(', ')}) AS v (i, text) ORDER BY i`;
};

/** Whether the server that gave these rows computes what {@link DIGEST_TEST_VECTORS} says. */
export const hashVectorAgrees = (
  hash: HashAlgorithm,
  rows: readonly Readonly<Record<string, string | null>>[],
): boolean =>
  rows.length === DIGEST_TEST_VECTORS.length &&
  DIGEST_TEST_VECTORS.every((vector, index) => rows[index]?.['version'] === vector[hash]);

/**
 * The hashes that this server computes as everybody else does, best first: those that a target hands to
 * {@link SourceConnector.open}. `md5` over UTF-8 bytes serves every encoding; `hashtextextended` hashes the bytes of the
 * server's own encoding, by a function that PostgreSQL may change, so it needs UTF8 and the test vectors.
 */
export const agreedHashes = async (query: Query): Promise<readonly HashAlgorithm[]> => {
  const rows = await query(`SELECT pg_catalog.current_setting('server_encoding') AS encoding`);
  if (rows[0]?.['encoding'] !== 'UTF8') {
    return ['md5'];
  }
  const agreed: HashAlgorithm[] = [];
  for (const hash of ['hashtextextended', 'md5'] as const) {
    if (hashVectorAgrees(hash, await query(hashVectorSql(hash)))) {
      agreed.push(hash);
    }
  }
  return agreed;
};
