/**
 * Two sets of fingerprints compared where they lie: the source's are streamed into a temporary table of the target,
 * ours are computed from the stored columns. Node never holds a day in memory.
 */
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { ElementsFault } from './faults';
import { rowsOf } from './rows';
import { versionSql, type SourceTable } from './table';

export interface Differences {
  readonly new: number;
  readonly changed: number;
  readonly deleted: number;
  /** How many of ours the source has no more, and the sum of their versions. */
  readonly missing: { readonly count: number; readonly digest: string };
}

const fingerprints = 'pg_temp.daymark_fingerprints';
export const differing = 'pg_temp.daymark_differing';

/** Pours bytes in COPY text format into a table. The first fault of either side is thrown; both sides are ended. */
export async function copyInto(client: ClientBase, target: string, bytes: Readable): Promise<void> {
  await pipeline(bytes, client.query(copyFrom(`COPY ${target} FROM STDIN`)));
}

/**
 * Leaves the keys that differ in `pg_temp.daymark_differing (key, kind)`, kind `n`, `c` or `d`, until the transaction
 * ends.
 *
 * @throws ElementsFault SOURCE_KEY_NULL, SOURCE_KEYS_NOT_UNIQUE: nothing is last-wins
 */
export async function compareFingerprints(
  client: ClientBase,
  table: SourceTable,
  day: string,
  bytes: Readable,
): Promise<Differences> {
  await client.query(
    `CREATE TEMP TABLE daymark_fingerprints (key text COLLATE "C", version bigint NOT NULL) ON COMMIT DROP`,
  );
  await copyInto(client, fingerprints, bytes);
  await client.query(`ANALYZE ${fingerprints}`);
  await refuseUnclearKeys(client, day);
  await client.query(
    `CREATE TEMP TABLE daymark_differing ON COMMIT DROP AS
     WITH ours AS (
       SELECT t.${table.keyText} AS key, ${versionSql(table, 't')} AS version
       FROM ${table.name} t WHERE t.${table.day} = '${day}'::date OFFSET 0)
     SELECT coalesce(s.key, ours.key) COLLATE "C" AS key, ours.version AS ours,
       CASE WHEN ours.version IS NULL THEN 'n' WHEN s.version IS NULL THEN 'd' ELSE 'c' END AS kind
     FROM ${fingerprints} s FULL JOIN ours ON ours.key = s.key
     WHERE ours.version IS NULL OR s.version IS NULL OR ours.version <> s.version`,
  );
  return countKinds(client);
}

async function countKinds(client: ClientBase): Promise<Differences> {
  const [row] = await rowsOf(
    client,
    `SELECT count(*) FILTER (WHERE kind = 'n')::text AS new, count(*) FILTER (WHERE kind = 'c')::text AS changed,
       count(*) FILTER (WHERE kind = 'd')::text AS deleted,
       coalesce(sum(ours) FILTER (WHERE kind = 'd'), 0)::numeric::text AS digest
     FROM ${differing}`,
  );
  const number = (name: string) => Number(row?.[name] ?? 0);
  return {
    new: number('new'),
    changed: number('changed'),
    deleted: number('deleted'),
    missing: { count: number('deleted'), digest: row?.['digest'] ?? '0' },
  };
}

async function refuseUnclearKeys(client: ClientBase, day: string): Promise<void> {
  const [unclear] = await rowsOf(
    client,
    `SELECT key, count(*)::text AS times FROM ${fingerprints} GROUP BY key HAVING count(*) > 1 OR key IS NULL
     ORDER BY key NULLS FIRST LIMIT 1`,
  );
  if (unclear === undefined) return;
  const key = unclear['key'] as string | null | undefined;
  if (key === null || key === undefined) throw keyIsNull(day);
  throw keysNotUnique(day, key, unclear['times']);
}

export function keyIsNull(day: string): ElementsFault {
  return new ElementsFault('SOURCE_KEY_NULL', `On ${day} an element has no key: a key column is NULL there.`);
}

export function keysNotUnique(day: string, key: string, times?: string): ElementsFault {
  const often = times === undefined ? 'more than once' : `${times} times`;
  return new ElementsFault(
    'SOURCE_KEYS_NOT_UNIQUE',
    `On ${day} the key ${key} stands ${often}: name key columns that tell elements of one day apart.`,
  );
}
