import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { ViewFault } from '../port';
import { isAborted, isGone } from '../postgres/faults';
import { viewNames, viewTables, type ViewNames } from '../postgres/names';
import { inTransaction } from '../postgres/transaction';
import { situationOf } from './situation';

export interface ViewDigest {
  /** sha256 over all rows of all tables, hexadecimal. */
  readonly digest: string;
  /** Through which event they are folded. */
  readonly position: string | null;
  /** Of the folds: digests are compared at the same position of the same version. */
  readonly version: number;
  readonly rows: number;
}

/**
 * One value over everything that can be read, in one consistent look. Generations at the same position give the same
 * digest, however they came there. Of 1 M rows it takes seconds: for checks, not for requests.
 *
 * @throws ViewFault VIEWS_REBUILDING when there is nothing whole to read.
 */
export async function digestOf(pool: Pool, schema: string): Promise<ViewDigest> {
  const names = viewNames(schema);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(pool, (client) => digestIn(client, names));
    } catch (fault) {
      // The generation was replaced between the look and the lock.
      if (!(isGone(fault) || isAborted(fault)) || attempt === attempts) throw fault;
    }
  }
}

const attempts = 3;

/** From the look at the marks on its tables are locked against whoever would empty them. */
async function digestIn(client: PoolClient, names: ViewNames): Promise<ViewDigest> {
  await client.query('set transaction isolation level repeatable read, read only');
  const { current } = await situationOf(client, names);
  if (current?.whole !== true) {
    throw new ViewFault('VIEWS_REBUILDING', 'There is nothing whole to take a digest of.');
  }
  const { runDays, runs, days, sources } = viewTables(names, current.number);
  const request = ['source_id', 'position', 'extract(epoch from requested_at)', 'status', 'type', 'trigger'];
  const parts = [
    await partOf(client, { table: runDays, key: ['run_id', 'day'], columns: ['source_id'] }),
    await partOf(client, { table: runs, key: ['id'], columns: request }),
    await partOf(client, { table: days, key: ['source_id', 'day'], columns: ['sealed', 'differing'] }),
    await partOf(client, { table: sources, key: ['id'], columns: ['name', 'removed'] }),
  ];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return { digest, position: current.position, version: current.version, rows };
}

interface Part {
  readonly rows: number;
  readonly digest: string;
}

async function partOf(
  client: PoolClient,
  { table, key, columns }: { table: string; key: readonly string[]; columns: readonly string[] },
): Promise<Part> {
  const all = [...key, ...columns, 'through', 'body'].map((column) => `${column}::text`);
  const order = key.map((column) => `${column} collate "C"`).join(', ');
  const found = await client.query<{ rows: number; digest: string }>(
    `select count(*)::integer as rows,
            encode(sha256(coalesce(string_agg(hash, ''::bytea order by ${order}), '')), 'hex') as digest
       from (select ${key.join(', ')}, sha256(convert_to(jsonb_build_array(${all.join(', ')})::text, 'UTF8')) as hash
               from ${table} where ${key[0] ?? ''} <> '') as hashed`,
  );
  const part = found.rows[0];
  if (part === undefined) throw new Error('a digest is one row');
  return part;
}
