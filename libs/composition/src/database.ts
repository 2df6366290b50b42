import { setTimeout as delay } from 'node:timers/promises';
import { elementsMigrations } from '@daymark/elements';
import { migratePostgresEventLog } from '@daymark/event-log/postgres';
import { backoff, migrate, type Configuration, type Lifecycle, type Logger } from '@daymark/platform';
import { sourcePollingMigrations } from '@daymark/services/source-polling';
import { Client, Pool } from 'pg';
import { Misconfigured, type Shell } from './shell';

/** PostgreSQL 14, as `server_version_num` says it. */
const OLDEST_TARGET = 140_000;
const CONNECT_MS = 10_000;
const LONGEST_PAUSE_MS = 5_000;
/** While the same thing keeps a start waiting, it is said again this often. */
const SAY_AGAIN_MS = 60_000;

/** Brings every schema up to date. Any number of processes may start at once. */
export async function migrateAll(url: string, { schemas }: Configuration): Promise<void> {
  await migratePostgresEventLog({ connection: url, schema: schemas.log });
  await connected(url, async (client) => {
    await refuseOld(client);
    await migrate(client, { schema: schemas.elements, migrations: elementsMigrations(schemas) });
    await migrate(client, {
      schema: schemas.operations,
      migrations: sourcePollingMigrations(schemas.operations),
    });
  });
}

/**
 * Waits until the database answers, for as long as that takes; what keeps it is said once, when it changes, and once a
 * minute.
 *
 * @throws Misconfigured when it answers that we are not let in; the signal's reason when the process is to stop.
 */
export async function untilDatabaseAnswers(url: string, { lifecycle, logger }: Shell): Promise<void> {
  let said = { reason: '', at: -SAY_AGAIN_MS };
  for (let attempt = 1; ; attempt += 1) {
    const fault = await knock(url);
    if (fault === null) return;
    const { reason, at } = said;
    if (fault !== reason || performance.now() - at > SAY_AGAIN_MS) {
      logger.warn({ reason: fault }, 'The database does not answer yet: the start waits for it.');
      said = { reason: fault, at: performance.now() };
    }
    const pause = 100 + backoff({ attempt, random: Math.random, capMs: LONGEST_PAUSE_MS });
    await delay(pause, undefined, { signal: lifecycle.signal });
  }
}

/** Null when it answers, else the code of what went wrong. */
async function knock(url: string): Promise<string | null> {
  try {
    await connected(url, (client) => client.query('SELECT 1'));
    return null;
  } catch (fault) {
    const code = codeOf(fault);
    if (!/^(28|3D)/.test(code)) return code;
    throw new Misconfigured(`DATABASE_URL leads to a server that does not let us in (${code}).`, {
      cause: fault,
    });
  }
}

function codeOf(fault: unknown): string {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined;
  return typeof code === 'string' ? code : 'CONNECTION_LOST';
}

async function connected<Answer>(url: string, work: (client: Client) => Promise<Answer>): Promise<Answer> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function refuseOld(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  const version = Number(rows[0]?.version ?? 0);
  if (version >= OLDEST_TARGET) return;
  throw new Misconfigured(
    `DATABASE_URL leads to PostgreSQL ${Math.floor(version / 10_000)}: 14 or newer is needed.`,
  );
}

export function openPool(url: string, lifecycle: Lifecycle, logger: Logger): Pool {
  const pool = new Pool({ connectionString: url, max: 12, application_name: 'daymark', keepAlive: true });
  pool.on('error', (err) => logger.warn({ err }, 'An idle connection to the database was lost.'));
  lifecycle.started('database connections', () => pool.end());
  return pool;
}
