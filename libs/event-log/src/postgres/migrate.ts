import { Client, type ClientBase } from 'pg';
import { clientConfig, type PostgresConnection } from './connection';
import { unavailable } from './faults';
import { eventLogSql } from './migrations/0001-event-log';
import { logNames, withNames, type LogNames } from './schema-name';

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
}

/** In order, frozen once released. */
export const migrations: readonly Migration[] = [{ number: 1, name: 'event-log', sql: eventLogSql }];

export interface MigratePostgresEventLogOptions {
  readonly connection: PostgresConnection;
  /** `[a-z_][a-z0-9_]*`, at most 48 characters; created when missing. */
  readonly schema: string;
}

/**
 * Brings the log's schema up to date, in one transaction under an advisory lock: any number of processes may start at
 * once, and a schema that is up to date is left as it is. A schema of a newer release is left alone too.
 *
 * @throws EventLogFault LOG_UNAVAILABLE; nothing was changed then.
 * @throws RangeError for an impossible schema name.
 */
export async function migratePostgresEventLog(options: MigratePostgresEventLogOptions): Promise<void> {
  const names = logNames(options.schema);
  const client = new Client(clientConfig(options.connection));
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin isolation level read committed');
    await client.query('select pg_advisory_xact_lock($1)', [names.migrationLock]);
    await applyMissing(client, names);
    await client.query('commit');
  } catch (cause) {
    throw unavailable(cause);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function applyMissing(client: ClientBase, names: LogNames): Promise<void> {
  await client.query(`create schema if not exists ${names.quoted}`);
  await client.query(
    `create table if not exists ${names.quoted}.migrations
       (number integer primary key, name text not null, applied_at timestamptz not null default clock_timestamp())`,
  );
  const applied = await client.query<{ number: number }>(`select number from ${names.quoted}.migrations`);
  const done = new Set(applied.rows.map((row) => row.number));
  for (const migration of migrations.filter((candidate) => !done.has(candidate.number))) {
    await client.query(withNames(migration.sql, names));
    await client.query(`insert into ${names.quoted}.migrations (number, name) values ($1, $2)`, [
      migration.number,
      migration.name,
    ]);
  }
}
