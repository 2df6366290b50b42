import { createHash } from 'node:crypto';
import type { Pool } from 'pg';

const identifier = /^[a-z_][a-z0-9_]{0,62}$/;

/** @throws RangeError for a name that needs more than quotes: a mistake of the caller's. */
export function quotedSchema(schema: string): string {
  if (!identifier.test(schema)) throw new RangeError(`"${schema}" cannot name a schema`);
  return `"${schema}"`;
}

/**
 * Makes the tables of the gateway where they are missing, under an advisory lock: any number of processes may start at
 * once.
 */
export async function migrateAccounts(pool: Pool, schema: string): Promise<void> {
  const quoted = quotedSchema(schema);
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [lockKey(schema)]);
    await client.query(tables(quoted));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
}

function tables(quoted: string): string {
  return `
    CREATE SCHEMA IF NOT EXISTS ${quoted};
    CREATE TABLE IF NOT EXISTS ${quoted}.accounts (
      name text COLLATE "C" PRIMARY KEY,
      password text NOT NULL,
      roles text[] NOT NULL,
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );
    CREATE TABLE IF NOT EXISTS ${quoted}.session_keys (
      purpose text COLLATE "C" PRIMARY KEY,
      key bytea NOT NULL CHECK (octet_length(key) = 32),
      created_at timestamptz NOT NULL DEFAULT clock_timestamp()
    );`;
}

function lockKey(schema: string): string {
  return createHash('sha256').update(`daymark.accounts:${schema}`).digest().readBigInt64BE(0).toString();
}
