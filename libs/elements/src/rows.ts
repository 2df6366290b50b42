import type { ClientBase } from 'pg';

/** Runs a query whose columns are all text, and gives its rows. */
export async function rowsOf(
  client: Pick<ClientBase, 'query'>,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, string>[]> {
  const result = await client.query<Record<string, string>>(sql, [...values]);
  return result.rows;
}
