import type { SnapshotSession, SourceDescription } from '@daymark/sources';
import { Client } from 'pg';
import { commitDay, type DayWork } from './commit-day';
import { sessionName, type Lease } from './lease';
import type { TargetSchemas } from './schema';
import type { DaySummary } from './summaries';
import { ensureTable } from './table';

/** What a run writes through, for as long as its holder has the lease. */
export interface TargetRun {
  /** At most RUN_LANES at once. */
  commit(session: SnapshotSession, work: DayWork): Promise<DaySummary>;
  close(): Promise<void>;
}

/**
 * A holder that is cut off must be gone before its lease is: dead peers are noticed in less. A long merge is no fault,
 * whatever time-outs the role has; and a commit that was answered has to survive the server, for its event will.
 */
const RUN_SESSION_SQL = `
  SET tcp_keepalives_idle = 3; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 2;
  SET synchronous_commit = on; SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0`;

/** How many days a run may have in hand at once. */
export const RUN_LANES = 2;

/** Makes the source's table and view, or renames the view. */
export async function openRun(
  target: { url: string; schemas: TargetSchemas },
  lease: Lease,
  source: { name: string; description: SourceDescription },
): Promise<TargetRun> {
  const clients: Client[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
  };
  try {
    while (clients.length < RUN_LANES) clients.push(await openSession(target, lease));
    const { schemas } = target;
    const table = await ensureTable(firstOf(clients), schemas, lease, source);
    const free = [...clients];
    const commit = async (session: SnapshotSession, work: DayWork): Promise<DaySummary> => {
      const client = firstOf(free);
      free.shift();
      try {
        return await commitDay({ client, schemas, table, lease }, session, work);
      } finally {
        free.push(client);
      }
    };
    return { commit, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function firstOf(clients: readonly Client[]): Client {
  const [client] = clients;
  if (client === undefined) throw new Error(`A run has at most ${RUN_LANES} days in hand.`);
  return client;
}

async function openSession(
  { url, schemas }: { url: string; schemas: TargetSchemas },
  lease: Lease,
): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: sessionName(schemas, lease.sourceId),
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => undefined); // the query in hand, or the next one, says so
  try {
    await client.connect();
    await client.query(RUN_SESSION_SQL);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
}
