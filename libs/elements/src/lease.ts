/**
 * Who works on a source. One clock decides: the target's. The fence row carries the token that every commit checks;
 * the lease row is the heartbeat, on a connection of its own, so that a long COPY never delays it.
 */
import { createHash } from 'node:crypto';
import { quoteIdentifier } from '@daymark/sources/postgres';
import { Pool, type ClientBase } from 'pg';
import { rowsOf, transaction, withClient } from './rows';
import type { TargetSchemas } from './schema';

/** How long a lease holds without a heartbeat; renewed every LEASE_RENEW_MS. */
const LEASE_SECONDS = 10;
export const LEASE_RENEW_MS = 3_000;

export interface Lease {
  readonly sourceId: string;
  readonly runId: string;
  readonly token: string;
}

export interface WantedLease {
  readonly sourceId: string;
  readonly runId: string;
  /** Names the process. */
  readonly holder: string;
  /** How many sources may be held at once, over all processes; without it, any number. */
  readonly atMost?: number;
}

/** Below the time between two heartbeats. */
const HEARTBEAT_PATIENCE_MS = 2_500;

/** Heartbeats wait for nobody: connections of their own, and a server that does not answer is a heartbeat missed. */
export function openHeartbeats(connectionString: string): Pool {
  const heartbeats = new Pool({
    connectionString,
    application_name: 'daymark heartbeat',
    max: 2,
    keepAlive: true,
    allowExitOnIdle: true,
    connectionTimeoutMillis: HEARTBEAT_PATIENCE_MS,
    query_timeout: HEARTBEAT_PATIENCE_MS,
  });
  heartbeats.on('error', () => undefined); // the next heartbeat says so
  return heartbeats;
}

/** What a run shows of itself while it works. Lost with the lease; never decided on. */
export interface Progress {
  readonly daysDone: number;
  readonly daysTotal: number | null;
  readonly elementsRead: number;
  readonly period: { readonly from: string; readonly to: string } | null;
  /** The days in hand. */
  readonly days: readonly string[];
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

export interface HeldLease extends Progress {
  readonly sourceId: string;
  readonly runId: string;
}

/**
 * What the sessions of a source's run go by. Two installations in one database may know a source by the same id, and
 * must not end each other's sessions: the mark is the schema's. PostgreSQL keeps 63 bytes of it.
 */
export function sessionName({ elements }: TargetSchemas, sourceId: string): string {
  const mark = createHash('sha256').update(elements).digest('hex').slice(0, 8);
  return `daymark run ${sourceId} ${mark}`;
}

/**
 * Takes the source for a run if nobody's heartbeat stands: raises the token, then ends the old holder's sessions. Null
 * while another holder lives.
 */
export async function acquireLease(
  pool: Pool,
  schemas: TargetSchemas,
  wanted: WantedLease,
): Promise<Lease | null> {
  return withClient(pool, async (client) => {
    const token = await raiseToken(client, quoteIdentifier(schemas.elements), wanted);
    if (token === null) return null;
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND datname = current_database() AND pid <> pg_backend_pid()`,
      [sessionName(schemas, wanted.sourceId)],
    );
    return { sourceId: wanted.sourceId, runId: wanted.runId, token };
  });
}

async function raiseToken(client: ClientBase, e: string, wanted: WantedLease): Promise<string | null> {
  return transaction(client, async () => {
    if (!(await isRoom(client, e, wanted))) return null;
    const claimed = await client.query(
      `INSERT INTO ${e}.leases AS held (source_id, run_id, holder, token, expires_at)
       VALUES ($1, $2, $3, 0, now() + make_interval(secs => $4))
       ON CONFLICT (source_id) DO UPDATE SET run_id = excluded.run_id, holder = excluded.holder,
         expires_at = excluded.expires_at, progress = NULL
       WHERE held.expires_at < now()`,
      [wanted.sourceId, wanted.runId, wanted.holder, LEASE_SECONDS],
    );
    if (claimed.rowCount !== 1) return null;
    const [fence] = await rowsOf(
      client,
      `INSERT INTO ${e}.fences AS fence (source_id, token) VALUES ($1, 1)
       ON CONFLICT (source_id) DO UPDATE SET token = fence.token + 1 RETURNING token::text`,
      [wanted.sourceId],
    );
    const token = fence?.['token'] ?? null;
    await client.query(`UPDATE ${e}.leases SET token = $2 WHERE source_id = $1`, [wanted.sourceId, token]);
    return token;
  });
}

/** Whoever counts keeps the others from taking a lease meanwhile, so that no two take the last place. */
async function isRoom(client: ClientBase, e: string, { sourceId, atMost }: WantedLease): Promise<boolean> {
  if (atMost === undefined) return true;
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`${e}.leases`]);
  const [held] = await rowsOf(
    client,
    `SELECT count(*)::text AS sources FROM ${e}.leases
     WHERE expires_at >= clock_timestamp() AND source_id <> $1`,
    [sourceId],
  );
  return Number(held?.['sources']) < atMost;
}

/** The heartbeat, with how far the run has got. False: the lease is somebody else's now. */
export async function renewLease(
  client: Pick<ClientBase, 'query'>,
  schemas: TargetSchemas,
  lease: Lease,
  progress: Progress,
): Promise<boolean> {
  const renewed = await client.query(
    `UPDATE ${quoteIdentifier(schemas.elements)}.leases
     SET expires_at = now() + make_interval(secs => $3), progress = $4
     WHERE source_id = $1 AND token = $2`,
    [lease.sourceId, lease.token, LEASE_SECONDS, JSON.stringify(progress)],
  );
  return renewed.rowCount === 1;
}

/** Gives the source free at once. Does nothing when somebody else has it. */
export async function releaseLease(
  client: Pick<ClientBase, 'query'>,
  schemas: TargetSchemas,
  lease: Lease,
): Promise<void> {
  await client.query(
    `DELETE FROM ${quoteIdentifier(schemas.elements)}.leases WHERE source_id = $1 AND token = $2`,
    [lease.sourceId, lease.token],
  );
}

/** Who is at work now: only leases whose heartbeat stands. */
export async function readLeases(
  client: Pick<ClientBase, 'query'>,
  schemas: TargetSchemas,
): Promise<HeldLease[]> {
  const rows = await rowsOf(
    client,
    `SELECT source_id::text, run_id::text, progress::text FROM ${quoteIdentifier(schemas.elements)}.leases
     WHERE expires_at >= now()`,
  );
  return rows.map((row) => ({
    ...idle,
    ...(JSON.parse(row['progress'] ?? '{}') as Partial<Progress>),
    sourceId: row['source_id'] ?? '',
    runId: row['run_id'] ?? '',
  }));
}

const idle: Progress = {
  daysDone: 0,
  daysTotal: null,
  elementsRead: 0,
  period: null,
  days: [],
  problem: null,
};
