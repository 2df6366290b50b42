import {
  SourceFault,
  type HashAlgorithm,
  type SnapshotSession,
  type SourceColumn,
  type SourceDescription,
} from '@daymark/sources';
import { agreedHashes, quoteIdentifier } from '@daymark/sources/postgres';
import type { Pool } from 'pg';
import { previewDay } from './commit-day';
import { targetFault } from './faults';
import type { Differences } from './fingerprints';
import {
  acquireLease,
  openHeartbeats,
  readLeases,
  releaseLease,
  renewLease,
  type HeldLease,
  type Lease,
  type Progress,
  type WantedLease,
} from './lease';
import { readPage, type ElementsPage, type ElementsWanted } from './pages';
import { rowsOf, transaction, withClient } from './rows';
import type { TargetSchemas } from './schema';
import { readSummaries, type DaySummary } from './summaries';
import { dropTable, followName, readTable } from './table';
import { openRun, type TargetRun } from './target-run';

/**
 * The target: one typed table per source, day summaries, fences and leases. Reads and leases go through a pool; a run
 * writes through a session of its own.
 */
export interface Elements {
  /** Hashes whose result this target shares with every other server, best first. */
  hashes(): Promise<readonly HashAlgorithm[]>;
  /** How a source's elements are stored; null before its first run. */
  stored(sourceId: string): Promise<{ columns: readonly SourceColumn[]; hash: HashAlgorithm } | null>;
  summaries(sourceId: string): Promise<Map<string, DaySummary>>;
  /** Counts how source and copy differ on a day, by fingerprints; changes nothing. */
  compare(
    sourceId: string,
    session: Pick<SnapshotSession, 'fingerprints'>,
    day: string,
  ): Promise<Differences>;
  /** Elements of a day in the order of their keys: one state of the copy per page. Empty where nothing was copied. */
  page(sourceId: string, day: string, wanted: ElementsWanted): Promise<ElementsPage>;
  /** Null while another holder's heartbeat stands, or while `atMost` sources are held already, by whomever. */
  acquire(wanted: WantedLease): Promise<Lease | null>;
  renew(lease: Lease, progress: Progress): Promise<boolean>;
  release(lease: Lease): Promise<void>;
  leases(): Promise<readonly HeldLease[]>;
  /** A connection that writes for the holder of the lease. Makes the source's table and view, or renames the view. */
  openRun(lease: Lease, source: { name: string; description: SourceDescription }): Promise<TargetRun>;
  /** Gives the view of a source that was renamed its new name. */
  rename(source: { id: string; name: string }): Promise<void>;
  /** Removes everything that is kept of the lease's source; nothing when the lease is somebody else's now (RUN_FENCED). */
  drop(lease: Lease): Promise<void>;
  /** The installation that this target belongs to: the given one if none was recorded. */
  installation(id: string): Promise<string>;
  /** Ends the connections of its own; the pool that was given is its owner's. */
  close(): Promise<void>;
}

export interface ElementsOptions {
  readonly pool: Pool;
  /** Connection string of the target, for the sessions of runs. */
  readonly url: string;
  readonly schemas: TargetSchemas;
}

export function createElements({ pool, url, schemas }: ElementsOptions): Elements {
  const heartbeats = openHeartbeats(url);
  const named = <Result>(work: Promise<Result>): Promise<Result> =>
    work.catch((error: unknown) => {
      throw error instanceof SourceFault ? error : targetFault(error);
    });
  return {
    hashes: () => named(agreedHashes((sql) => rowsOf(pool, sql))),
    stored: (sourceId) => named(withClient(pool, (client) => readTable(client, schemas, sourceId))),
    summaries: (sourceId) => named(readSummaries(pool, schemas, sourceId)),
    compare: (sourceId, session, day) =>
      named(
        withClient(pool, async (client) => {
          const table = await readTable(client, schemas, sourceId);
          if (table === null)
            throw new Error(`Nothing was copied of source ${sourceId}: there is nothing to compare.`);
          return previewDay({ client, table }, session, day);
        }),
      ),
    page: (sourceId, day, wanted) => named(readPage({ pool, schemas }, sourceId, day, wanted)),
    acquire: (wanted) => named(acquireLease(pool, schemas, wanted)),
    renew: (lease, progress) => named(renewLease(heartbeats, schemas, lease, progress)),
    release: (lease) => named(releaseLease(heartbeats, schemas, lease)),
    leases: () => named(readLeases(pool, schemas)),
    openRun: (lease, source) => named(openRun({ url, schemas }, lease, source)),
    rename: (source) =>
      named(withClient(pool, (client) => transaction(client, () => followName(client, schemas, source)))),
    drop: (lease) => named(withClient(pool, (client) => dropTable(client, schemas, lease))),
    installation: (id) => named(recordInstallation(pool, schemas, id)),
    close: () => heartbeats.end(),
  };
}

async function recordInstallation(pool: Pool, schemas: TargetSchemas, id: string): Promise<string> {
  const table = `${quoteIdentifier(schemas.elements)}.installation`;
  await pool.query(`INSERT INTO ${table} (id) VALUES ($1) ON CONFLICT DO NOTHING`, [id]);
  const [row] = await rowsOf(pool, `SELECT id::text FROM ${table}`);
  return row?.['id'] ?? id;
}
