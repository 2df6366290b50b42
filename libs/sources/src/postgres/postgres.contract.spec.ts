import { afterAll, beforeAll } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import { describeSourceConnector } from '../testing/describe-source-connector';
import type { WorldElement } from '../testing/world';
import { connectTo, settingsFor } from './database.fixture';
import { createPostgresConnector } from './connector';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let worlds = 0;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database.drop();
});

const CHANGES = {
  add: `ADD COLUMN extra text DEFAULT 'more'`,
  drop: 'DROP COLUMN content',
  retype: 'ALTER COLUMN content TYPE integer USING content::integer',
};

describeSourceConnector('PostgreSQL', async () => {
  worlds += 1;
  const applicationName = `world ${worlds}`;
  const [client, late] = [await connectTo(database.url), await connectTo(database.url)];
  const table = `world_${worlds}`;
  await client.query(`CREATE TABLE ${table} (key text NOT NULL, day date NOT NULL, content text)`);
  const insertBy = async (by: typeof client, elements: readonly WorldElement[]): Promise<void> => {
    const columns = [elements.map((e) => e.key), elements.map((e) => e.day), elements.map((e) => e.content)];
    await by.query(`INSERT INTO ${table} SELECT * FROM unnest($1::text[], $2::date[], $3::text[])`, columns);
  };
  return {
    connector: createPostgresConnector({
      ...settingsFor(database.url),
      table: `public.${table}`,
      key: ['key'],
      day: { column: 'day' },
      timeZone: 'Europe/Rome',
      applicationName,
    }),
    insert: (elements) => insertBy(client, elements),
    update: async ({ day, key, content }) => {
      await client.query(`UPDATE ${table} SET content = $3 WHERE day = $1::date AND key = $2`, [
        day,
        key,
        content,
      ]);
    },
    remove: async ({ day, key }) => {
      await client.query(`DELETE FROM ${table} WHERE day = $1::date AND key = $2`, [day, key]);
    },
    insertLate: async (elements) => {
      await late.query('BEGIN');
      await insertBy(late, elements);
      return {
        commit: async () => {
          await late.query('COMMIT');
        },
      };
    },
    changeSchema: async (change) => {
      await client.query(`ALTER TABLE ${table} ${CHANGES[change]}`);
    },
    servedSnapshots: async () => {
      const { rows } = await client.query<{ count: number }>(
        'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1',
        [applicationName],
      );
      return rows[0]?.count ?? 0;
    },
    dispose: async () => {
      await Promise.all([client.end(), late.end()]);
    },
  };
});
