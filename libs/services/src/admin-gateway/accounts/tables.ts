import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';

const identifier = /^[a-z_][a-z0-9_]{0,62}$/;

/** Where the gateway keeps what is not folded from the log. */
export interface GatewayTables {
  readonly pool: Pool;
  /** Quoted. */
  readonly schema: string;
}

/**
 * Makes the tables of the gateway where they are missing, under an advisory lock: any number of processes may start at
 * once.
 *
 * @throws RangeError for a name that needs more than quotes: a mistake of the caller's.
 */
export async function openGatewayTables(pool: Pool, schema: string): Promise<GatewayTables> {
  if (!identifier.test(schema)) throw new RangeError(`"${schema}" cannot name a schema`);
  const tables = { pool, schema: `"${schema}"` };
  await inTransaction(tables, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey(schema)]);
    await client.query(definitions(tables.schema));
  });
  return tables;
}

/** All of the work, or none of it. A session on which anything failed is not used again. */
export async function inTransaction<Result>(
  { pool }: GatewayTables,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  const lost = (): void => undefined;
  client.on('error', lost);
  let failed = true;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    failed = false;
    return result;
  } finally {
    client.off('error', lost);
    client.release(failed);
  }
}

/** One statement per call. */
function definitions(schema: string): string {
  return `DO $tables$ BEGIN
    CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE TABLE IF NOT EXISTS ${schema}.accounts (
      name text COLLATE "C" PRIMARY KEY,
      password text NOT NULL,
      roles text[] NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS ${schema}.session_keys (
      purpose text COLLATE "C" PRIMARY KEY,
      key bytea NOT NULL CHECK (octet_length(key) = 32),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS ${schema}.sessions (
      id uuid PRIMARY KEY,
      account text COLLATE "C" NOT NULL REFERENCES ${schema}.accounts ON DELETE CASCADE,
      created_at timestamptz NOT NULL,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS sessions_of_account ON ${schema}.sessions (account);
    CREATE INDEX IF NOT EXISTS sessions_by_end ON ${schema}.sessions (expires_at);
    CREATE TABLE IF NOT EXISTS ${schema}.sign_in_attempts (
      who text COLLATE "C" PRIMARY KEY,
      count integer NOT NULL,
      last_at timestamptz NOT NULL
    );
    CREATE INDEX IF NOT EXISTS sign_in_attempts_by_age ON ${schema}.sign_in_attempts (last_at);
    CREATE TABLE IF NOT EXISTS ${schema}.idempotency_keys (
      account text COLLATE "C" NOT NULL,
      key text COLLATE "C" NOT NULL,
      fingerprint text NOT NULL,
      claim uuid NOT NULL,
      claimed_at timestamptz NOT NULL,
      answer json,
      PRIMARY KEY (account, key)
    );
    CREATE INDEX IF NOT EXISTS idempotency_keys_by_age ON ${schema}.idempotency_keys (claimed_at);
    CREATE TABLE IF NOT EXISTS ${schema}.audit (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      at timestamptz NOT NULL,
      kind text NOT NULL CHECK (kind IN ('command', 'refusal')),
      actor text,
      via text,
      address text,
      method text NOT NULL,
      path text NOT NULL,
      status integer NOT NULL,
      code text,
      correlation_id text,
      position text,
      repeated integer NOT NULL DEFAULT 1
    );
  END $tables$`;
}

function lockKey(schema: string): string {
  return createHash('sha256').update(`daymark.accounts:${schema}`).digest().readBigInt64BE(0).toString();
}
