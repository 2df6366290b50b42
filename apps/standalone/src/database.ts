import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Configuration, type Lifecycle, type Logger, migrate } from '@daymark/platform';
import { startEmbeddedPostgres } from '@daymark/platform/embedded-postgres';
import { migratePostgresEventLog } from '@daymark/event-log/postgres';
import { elementsMigrations } from '@daymark/elements';
import { sourcePollingMigrations } from '@daymark/services/source-polling';
import { Client, escapeIdentifier, escapeLiteral, Pool } from 'pg';

/** PostgreSQL 14, as `server_version_num` says it. */
const OLDEST_TARGET = 140_000;

export interface Database {
  /** Holds a password: never log it. */
  readonly url: string;
  readonly embedded: boolean;
}

/** The database that is given, or the embedded server of the home folder. */
export async function openDatabase(
  configuration: Configuration,
  lifecycle: Lifecycle,
  logger: Logger,
): Promise<Database> {
  const given = configuration.databaseUrl;
  if (given !== undefined) return { url: given.reveal(), embedded: false };
  const server = await startEmbeddedPostgres({
    home: configuration.home,
    logger,
    onExit: (exit) => {
      logger.fatal({ exit }, 'The embedded PostgreSQL ended by itself: Daymark ends too.');
      void lifecycle.stop().finally(() => process.exit(1));
    },
  });
  lifecycle.started('embedded PostgreSQL', () => server.stop());
  return { url: server.url, embedded: true };
}

/** Brings every schema up to date. Any number of processes may start at once. */
export async function migrateAll(url: string, { schemas }: Configuration): Promise<void> {
  await migratePostgresEventLog({ connection: url, schema: schemas.log });
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await refuseOld(client);
    await migrate(client, { schema: schemas.elements, migrations: elementsMigrations(schemas) });
    await migrate(client, {
      schema: schemas.operations,
      migrations: sourcePollingMigrations(schemas.operations),
    });
  } finally {
    await client.end();
  }
}

async function refuseOld(client: Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `SELECT current_setting('server_version_num') AS version`,
  );
  const version = Number(rows[0]?.version ?? 0);
  if (version >= OLDEST_TARGET) return;
  throw new Error(`DATABASE_URL leads to PostgreSQL ${Math.floor(version / 10_000)}: 14 or newer is needed.`);
}

export function openPool(url: string, lifecycle: Lifecycle, logger: Logger): Pool {
  const pool = new Pool({ connectionString: url, max: 12, application_name: 'daymark', keepAlive: true });
  pool.on('error', (err) => logger.warn({ err }, 'An idle connection to the database was lost.'));
  lifecycle.started('database connections', () => pool.end());
  return pool;
}

const READER = 'daymark_reader';
const TARGET_FILE = 'target.url';

/**
 * A role that may only read the copy, for people's SQL tools, and the file that tells how. Its password is in that file
 * only, and stays what it is while the file is there.
 */
export async function openForReaders(
  pool: Pool,
  configuration: Configuration,
  access: { url: string; password: string },
): Promise<string> {
  const copy = escapeIdentifier(configuration.schemas.copy);
  const password = escapeLiteral(access.password);
  await pool.query(`
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${READER}') THEN CREATE ROLE ${READER} LOGIN; END IF;
    END $$;
    ALTER ROLE ${READER} LOGIN PASSWORD ${password};
    ALTER ROLE ${READER} SET default_transaction_read_only = on;
    GRANT USAGE ON SCHEMA ${copy} TO ${READER};
    GRANT SELECT ON ALL TABLES IN SCHEMA ${copy} TO ${READER};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${copy} GRANT SELECT ON TABLES TO ${READER};`);
  const url = new URL(access.url);
  url.username = READER;
  url.password = access.password;
  return writeSecretFile(join(configuration.home, TARGET_FILE), url.toString());
}

/** The password in the file of the readers' role; null when there is no such file. */
export function readersPassword({ home }: Configuration): string | null {
  const file = join(home, TARGET_FILE);
  return existsSync(file) ? decodeURIComponent(new URL(readFileSync(file, 'utf8').trim()).password) : null;
}

/** Only its owner may read it, also when it was there already. */
export function writeSecretFile(path: string, text: string): string {
  writeFileSync(path, `${text}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}
