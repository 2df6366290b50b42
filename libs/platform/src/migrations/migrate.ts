import { createHash } from 'node:crypto';

import { type ClientBase, escapeIdentifier } from 'pg';

import { Fault } from '../faults/fault';

/** One step of a schema. Frozen once it is released: its text is compared with what was applied. */
export interface Migration {
  /** 1, 2, 3, … without gaps. */
  readonly id: number;
  /** Statements with unqualified names: they land in the schema that is migrated. No transaction control. */
  readonly sql: string;
}

export interface MigrateOptions {
  readonly schema: string;
  /** All of them, in order. */
  readonly migrations: readonly Migration[];
}

interface Applied {
  readonly id: number;
  readonly sha256: string;
}

/**
 * Brings a schema (created when absent) to the last migration and answers with the numbers applied now. Everything
 * pending is one transaction under an advisory lock: any number of processes may call at once, one does the work, the
 * others wait and find it done. What was applied is recorded in the schema's table `migrations`.
 *
 * The client must not be in a transaction. Throws `MIGRATION_CHANGED` (an applied migration has another text now),
 * `MIGRATION_UNKNOWN` (the schema is newer than this code) or `MIGRATION_FAILED`; nothing is changed then.
 */
export async function migrate(client: ClientBase, { schema, migrations }: MigrateOptions): Promise<number[]> {
  checkNumbers(migrations);
  await client.query('BEGIN');
  try {
    const pending = await openSchema(client, schema, migrations);
    for (const migration of pending) await apply(client, schema, migration);
    await client.query('COMMIT');
    return pending.map(({ id }) => id);
  } catch (error) {
    // A client whose connection broke cannot roll back and need not: the first error says what happened.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function openSchema(
  client: ClientBase,
  schema: string,
  migrations: readonly Migration[],
): Promise<Migration[]> {
  const name = escapeIdentifier(schema);
  await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
    `daymark migrations ${schema}`,
  ]);
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
  await client.query(`SET LOCAL search_path TO ${name}`);
  await client.query(
    'CREATE TABLE IF NOT EXISTS migrations (' +
      'id integer PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  const { rows } = await client.query<Applied>('SELECT id, sha256 FROM migrations ORDER BY id');
  for (const applied of rows) checkApplied(schema, applied, migrations[applied.id - 1]);
  return migrations.slice(rows.length);
}

function checkApplied(schema: string, { id, sha256 }: Applied, migration: Migration | undefined): void {
  if (migration === undefined) {
    throw new Fault(
      'MIGRATION_UNKNOWN',
      `Schema ${schema} has migration ${id}, which this version does not know.`,
    );
  }
  if (hashOf(migration) !== sha256) {
    throw new Fault(
      'MIGRATION_CHANGED',
      `Migration ${id} of schema ${schema} is not the one that was applied.`,
    );
  }
}

async function apply(client: ClientBase, schema: string, migration: Migration): Promise<void> {
  try {
    await client.query(migration.sql);
    const values = [migration.id, hashOf(migration)];
    await client.query('INSERT INTO migrations (id, sha256) VALUES ($1, $2)', values);
  } catch (cause) {
    throw new Fault(
      'MIGRATION_FAILED',
      `Migration ${migration.id} of schema ${schema} failed: ${String(cause)}`,
      { cause },
    );
  }
}

/** Line ends are not part of a migration: a checkout may turn them. */
function hashOf({ sql }: Migration): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}

function checkNumbers(migrations: readonly Migration[]): void {
  migrations.forEach(({ id }, index) => {
    if (id !== index + 1) throw new RangeError(`Migration ${index + 1} is numbered ${id}.`);
  });
}
