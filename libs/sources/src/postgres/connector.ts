import { SourceFault } from '../port';
import type { HashAlgorithm, SessionOptions, SnapshotSession, SourceConnector } from '../port';
import { checkZones, findRelation, readShape, relationSql } from './catalog';
import type { Relation } from './catalog';
import { SourceConnection } from './connection';
import { sourceSettingsSql } from './pinned-settings';
import type { ServerFacts } from './pinned-settings';
import { agreedHashes } from './record-version';
import type { Query } from './record-version';
import { snapshotSession } from './session';
import { clientConfig } from './settings';
import type { PostgresConnectorSettings } from './settings';

const OLDEST_SERVER = 120_000;

/** LOCK TABLE takes these kinds only; the contents of the others are not taken away under a snapshot. */
const LOCKABLE = new Set(['r', 'p', 'v']);

const MICROSECONDS = `'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'`;
const stampSql = (instant: string): string =>
  `pg_catalog.to_char(${instant} AT TIME ZONE 'UTC', ${MICROSECONDS})`;

/** Asked on its own: the queries after it use what older servers do not have. */
const serverFacts = async (query: Query): Promise<ServerFacts> => {
  const [row] = await query(`SELECT pg_catalog.current_setting('server_version_num') AS version,
    pg_catalog.current_setting('server_encoding') AS encoding, pg_catalog.version() AS build`);
  const version = Number(row?.['version']);
  if (version < OLDEST_SERVER) {
    const message = `The source runs PostgreSQL ${Math.floor(version / 10_000)}; Daymark reads 12 and later.`;
    throw new SourceFault('SOURCE_VERSION_UNSUPPORTED', message, { path: 'connector.url' });
  }
  if (row?.['encoding'] === 'SQL_ASCII') {
    const message = 'The source database has no encoding (SQL_ASCII): its bytes cannot be told as text.';
    throw new SourceFault('SOURCE_ENCODING_UNSUPPORTED', message, { path: 'connector.url' });
  }
  return { version, linux: (row?.['build'] ?? '').includes('linux') };
};

/**
 * Up to when a standby shows everything, null for a primary. It knows no more than the stamp of the last commit that it
 * replayed; one second less, since stamps are taken a moment before their commits are ordered. A standby with nothing to
 * replay does not lag, however long ago that commit was, as long as it is connected to where commits come from.
 *
 * @throws SourceFault SOURCE_STANDBY_LAGS
 */
const standbyReach = async (query: Query): Promise<string | null> => {
  const [row] = await query(`
    SELECT r.recovering::text, ${stampSql(`(r.replayed - interval '1 second')`)} AS reach,
      (r.replayed IS NULL OR (r.replayed < pg_catalog.clock_timestamp() - interval '10 seconds'
        AND NOT coalesce(r.receiving AND r.received_to <= r.replayed_to, false)))::text AS lags
    FROM (SELECT pg_catalog.pg_is_in_recovery() AS recovering,
      pg_catalog.pg_last_xact_replay_timestamp() AS replayed,
      pg_catalog.pg_last_wal_receive_lsn() AS received_to, pg_catalog.pg_last_wal_replay_lsn() AS replayed_to,
      EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver) AS receiving) AS r`);
  if (row?.['recovering'] !== 'true') {
    return null;
  }
  if (row['lags'] === 'true') {
    throw new SourceFault('SOURCE_STANDBY_LAGS', 'The source is a standby that lags behind its primary.', {
      retryable: true,
    });
  }
  return row['reach'] ?? null;
};

/** @throws SourceFault SOURCE_HASH_CHANGED if the server computes none of the hashes as everybody else does */
const chooseHash = async (query: Query, wanted: readonly HashAlgorithm[]): Promise<HashAlgorithm> => {
  const agreed = await agreedHashes(query);
  const hash = wanted.find((candidate) => agreed.includes(candidate));
  if (hash === undefined) {
    throw new SourceFault('SOURCE_HASH_CHANGED', `The source computes none of: ${wanted.join(', ')}.`);
  }
  return hash;
};

interface Preflight {
  readonly settingsSql: string;
  readonly standbyReach: string | null;
  readonly hash: HashAlgorithm;
  readonly relation: Relation;
}

/**
 * Begins the transaction of the snapshot. The table is locked against being dropped, truncated or rewritten before the
 * snapshot is taken, since none of these respects a snapshot: afterwards the table would look empty. SET and LOCK take
 * no snapshot; the first SELECT does, after the instant that `now()` names.
 */
const takeSnapshot = async (query: Query, preflight: Preflight): Promise<string> => {
  await query(`BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; ${preflight.settingsSql}`);
  if (LOCKABLE.has(preflight.relation.kind)) {
    await query(`LOCK TABLE ${relationSql(preflight.relation)} IN ACCESS SHARE MODE`);
  }
  const [row] = await query(`SELECT ${stampSql('pg_catalog.now()')} AS at`);
  return preflight.standbyReach ?? row?.['at'] ?? '';
};

/**
 * Reads a table, partitioned table, view, materialized view or foreign table of a PostgreSQL 12 or later, by one
 * connection per session, in one read-only repeatable-read transaction. While a session lives the source's table cannot
 * be dropped, truncated or altered: sessions are closed as soon as they are done with.
 *
 * Of a standby that is up to date, `at` is the last commit that it replayed: while its primary is idle, days close later.
 *
 * The role needs CONNECT, USAGE on the schema and SELECT on the table; its own settings do not matter.
 */
export const createPostgresConnector = (settings: PostgresConnectorSettings): SourceConnector => {
  let zonesKnown = false;

  const examine = async (query: Query, wanted: readonly HashAlgorithm[]): Promise<Preflight> => {
    const facts = await serverFacts(query);
    const settingsSql = sourceSettingsSql(facts);
    await query(`BEGIN READ ONLY; ${settingsSql}`);
    const reach = await standbyReach(query);
    const hash = await chooseHash(query, wanted);
    if (!zonesKnown) {
      await checkZones(query, settings);
      zonesKnown = true;
    }
    const relation = await findRelation(query, settings.table);
    await query('COMMIT');
    return { settingsSql, standbyReach: reach, hash, relation };
  };

  const open = async (options: SessionOptions): Promise<SnapshotSession> => {
    const connection = await SourceConnection.open(await clientConfig(settings), options.signal);
    const query: Query = (sql) => connection.query(sql);
    try {
      const preflight = await examine(query, options.hashes);
      const at = await takeSnapshot(query, preflight);
      const shape = await readShape(query, preflight.relation, { settings, recorded: options.columns });
      return snapshotSession(connection, { at, hash: preflight.hash, shape });
    } catch (error) {
      throw connection.fail(error);
    }
  };
  return { open };
};
