import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { createTestDatabase } from './test-database';

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}

describe('createTestDatabase', () => {
  it('gives every caller an empty UTF-8 database of its own', async () => {
    const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
    await query(one.url, 'CREATE TABLE mark (id int)');
    expect(await query(one.url, "SELECT to_regclass('mark')::text AS mark")).toEqual([{ mark: 'mark' }]);
    expect(await query(two.url, "SELECT to_regclass('mark')::text AS mark")).toEqual([{ mark: null }]);
    expect(await query(two.url, 'SHOW server_encoding')).toEqual([{ server_encoding: 'UTF8' }]);
    await Promise.all([one.drop(), two.drop()]);
  });

  it('removes the database even while somebody is connected, and may be asked twice', async () => {
    const database = await createTestDatabase();
    const client = new Client({ connectionString: database.url });
    const ended = new Promise((resolve) => client.once('end', resolve));
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await database.drop();
    await ended;
    await expect(query(database.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });
});
