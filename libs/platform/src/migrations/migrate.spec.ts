import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { createTestDatabase, type TestDatabase } from '../testing/test-database';
import { migrate, type Migration } from './migrate';

const schema = 'two words';
const one: Migration = { id: 1, sql: 'CREATE TABLE mark (id int PRIMARY KEY);\nINSERT INTO mark VALUES (1)' };
const two: Migration = { id: 2, sql: 'ALTER TABLE mark ADD COLUMN note text' };
const broken: Migration = {
  id: 3,
  sql: 'ALTER TABLE mark ADD COLUMN more text; ALTER TABLE absent ADD COLUMN x int',
};

describe('migrate', () => {
  let database: TestDatabase;
  const clients: Client[] = [];

  async function connect(): Promise<Client> {
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  }

  const columns = async (client: Client): Promise<unknown[]> => {
    const sql =
      'SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY 1';
    const { rows } = await client.query<{ column_name: string }>(sql, [schema, 'mark']);
    return rows.map((row) => row.column_name);
  };

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()));
    await database.drop();
  });

  it('applies what is pending, in order, once, into the schema', async () => {
    const client = await connect();
    expect(await migrate(client, { schema, migrations: [one] })).toEqual([1]);
    expect(await migrate(client, { schema, migrations: [one, two] })).toEqual([2]);
    expect(await migrate(client, { schema, migrations: [one, two] })).toEqual([]);
    expect(await columns(client)).toEqual(['id', 'note']);
    const { rows } = await client.query('SHOW search_path');
    expect(rows).toEqual([{ search_path: '"$user", public' }]);
  });

  it('lets one of many do the work', async () => {
    const all = await Promise.all([1, 2, 3, 4, 5].map(connect));
    const done = await Promise.all(all.map((client) => migrate(client, { schema, migrations: [one, two] })));
    expect(done.filter((numbers) => numbers.length > 0)).toEqual([[1, 2]]);
  });

  it('keeps nothing of a migration that fails, nor of those before it in the same call', async () => {
    const client = await connect();
    await migrate(client, { schema, migrations: [one] });
    const failed = migrate(client, { schema, migrations: [one, two, broken] });
    await expect(failed).rejects.toMatchObject({ code: 'MIGRATION_FAILED' });
    await expect(failed).rejects.toThrow(/Migration 3 .*absent/);
    expect(await columns(client)).toEqual(['id']);
  });

  it('refuses a changed migration and a newer schema; other line ends are no change', async () => {
    const client = await connect();
    await migrate(client, { schema, migrations: [one, two] });
    const changed = migrate(client, { schema, migrations: [one, { id: 2, sql: `${two.sql} NOT NULL` }] });
    await expect(changed).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
    const older = migrate(client, { schema, migrations: [one] });
    await expect(older).rejects.toMatchObject({ code: 'MIGRATION_UNKNOWN' });
    const turned = { id: 1, sql: one.sql.replace('\n', '\r\n') };
    expect(await migrate(client, { schema, migrations: [turned, two] })).toEqual([]);
  });

  it('refuses a list with gaps', async () => {
    const client = await connect();
    await expect(migrate(client, { schema, migrations: [two] })).rejects.toThrow(RangeError);
  });
});
