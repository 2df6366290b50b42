import type { ClientBase, Pool, PoolClient } from 'pg';

/** All of the work, or none of it. The client must not be in a transaction. */
export async function transaction<Result>(client: ClientBase, work: () => Promise<Result>): Promise<Result> {
  await client.query('BEGIN');
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    // A client whose connection broke cannot roll back and need not: the first error says what happened.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Runs a query whose columns are all text, and gives its rows. */
export async function rowsOf(
  client: Pick<ClientBase, 'query'>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, string>[]> {
  const result = await client.query<Record<string, string>>(sql, [...values]);
  return result.rows;
}

/** A connection of the pool for a piece of work; one on which anything failed is not given back to others. */
export async function withClient<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  // A pool listens on idle connections only: without this one the loss of a busy connection ends the process.
  const onError = (): void => undefined; // the query in hand, or the next one, says so
  client.on('error', onError);
  let broken = true;
  try {
    const result = await work(client);
    broken = false;
    return result;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}
