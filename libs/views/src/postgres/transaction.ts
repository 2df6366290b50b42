import type { Pool, PoolClient } from 'pg';

/**
 * One transaction on one session of the pool. Where anything fails the session is thrown away: nobody knows what
 * state it is in. A session that dies while it is ours has a listener, or its error would end the process.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  const lost = (): void => undefined;
  client.on('error', lost);
  let failed = true;
  try {
    await client.query('begin isolation level read committed');
    const result = await work(client);
    await client.query('commit');
    failed = false;
    return result;
  } finally {
    client.off('error', lost);
    client.release(failed);
  }
}
