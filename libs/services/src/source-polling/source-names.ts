/**
 * A name belongs to one source at most, whichever replicas are asked at once. Streams know uniqueness inside themselves
 * only, and two renames write two streams: so whoever decides about a name holds a lock of the database on it meanwhile.
 */
import type { Pool } from 'pg';
import { unavailable } from './operations-sql';
import type { SourceNames } from './ports';

/** A decision takes milliseconds: who waits longer waits for a replica that stands still. */
const PATIENCE = '10s';

/** `schema` keeps installations that share a database apart. */
export function createSourceNames(pool: Pool, schema: string): SourceNames {
  const decisions = new Map<string, Promise<unknown>>();

  async function locked<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const lock = await takeLock(pool, JSON.stringify([schema, 'source name', name]));
    try {
      return await work();
    } finally {
      await lock.release();
    }
  }

  return {
    decide: async (name, work) => {
      // In this process they queue up here, so that many who want one name hold one connection.
      const before = decisions.get(name) ?? Promise.resolve();
      const decision = before.then(
        () => locked(name, work),
        () => locked(name, work),
      );
      decisions.set(name, decision);
      try {
        return await decision;
      } finally {
        if (decisions.get(name) === decision) decisions.delete(name);
      }
    },
  };
}

/** Held by a transaction: it goes with its connection, whatever happens to the process. */
async function takeLock(pool: Pool, key: string): Promise<{ release(): Promise<void> }> {
  const client = await pool.connect().catch((error: unknown) => {
    throw unavailable(error);
  });
  client.on('error', ignore); // the query in hand, or the next one, says so
  const giveBack = (broken: boolean): void => {
    client.removeListener('error', ignore);
    client.release(broken);
  };
  try {
    await client.query(
      `BEGIN; SET LOCAL lock_timeout = '${PATIENCE}'; SET LOCAL idle_in_transaction_session_timeout = 0`,
    );
    await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [key]);
  } catch (error) {
    giveBack(true);
    throw unavailable(error);
  }
  return {
    release: () =>
      client.query('COMMIT').then(
        () => giveBack(false),
        () => giveBack(true),
      ),
  };
}

const ignore = (): void => undefined;
