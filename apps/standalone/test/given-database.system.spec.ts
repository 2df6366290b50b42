import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { Client } from 'pg';
import { DaymarkProcess, newHome, removeHome } from '../../../tools/system/daymark-process';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

jest.setTimeout(120_000);

describe('a database that is given', () => {
  const homes = [newHome(), newHome()] as const;
  let target: TestDatabase;
  let orders: OrdersSource;
  let client: Client;

  beforeAll(async () => {
    target = await createTestDatabase();
    orders = await createOrders({ rows: 2_000, days: 5 });
    client = new Client({ connectionString: target.url });
    client.on('error', () => undefined);
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await orders.dispose();
    await target.drop();
    for (const home of homes) removeHome(home);
  });

  async function synchronized(home: string, environment: Record<string, string>): Promise<number | null> {
    const daymark = await DaymarkProcess.start(home, {
      ...orders.environment,
      DATABASE_URL: target.url,
      DAYMARK_ADMIN_PASSWORD: 'correct horse',
      ...environment,
    });
    try {
      await daymark.ask('POST', '/sources', orders.settings);
      expect(await daymark.run('orders')).toMatchObject({ status: 'succeeded', counts: { inserted: 2_000 } });
    } finally {
      await daymark.stop();
    }
    return daymark.stop();
  }

  it('holds log, views and copy; two namespaces in it never meet', async () => {
    expect(await synchronized(homes[0], {})).toBe(0);
    expect(await synchronized(homes[1], { DAYMARK_NAMESPACE: 'other' })).toBe(0);
    for (const view of ['copy.orders', 'other_copy.orders']) {
      const { rows } = await client.query<{ n: string }>(`SELECT count(*)::text AS n FROM ${view}`);
      expect([view, rows[0]?.n]).toEqual([view, '2000']);
    }
    const { rows } = await client.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$' ORDER BY 1`,
    );
    expect(rows.map(({ name }) => name)).toEqual([
      'copy',
      'daymark_log',
      'daymark_operations',
      'daymark_views',
      'elements',
      'other_copy',
      'other_elements',
      'other_log',
      'other_operations',
      'other_views',
      'public',
    ]);
  });

  it('keeps the log: nobody changes or removes an event', async () => {
    for (const sql of ['DELETE FROM', 'TRUNCATE']) {
      await expect(client.query(`${sql} daymark_log.events`)).rejects.toThrow(
        /append-only|refused|not allowed|never/i,
      );
    }
    const { rows } = await client.query<{ type: string }>(
      'SELECT type FROM daymark_log.events ORDER BY position LIMIT 1',
    );
    expect(rows[0]?.type).toBe('InstallationCreated');
  });

  it('refuses a target that belongs to another installation, with exit code 78', async () => {
    await client.query(`UPDATE elements.installation SET id = gen_random_uuid()`);
    const environment = { DATABASE_URL: target.url, DAYMARK_ADMIN_PASSWORD: 'correct horse' };
    await expect(DaymarkProcess.start(homes[0], environment)).rejects.toThrow(
      /ended with 78[^]*belongs to installation/,
    );
  });

  it('names every problem of its configuration at once, with exit code 78', async () => {
    const environment = { PORT: 'none', DAYMARK_NAMESPACE: 'A-B', DAYMARK_NONSENSE: '1' };
    await expect(DaymarkProcess.start(homes[0], environment)).rejects.toThrow(
      /ended with 78[^]*DAYMARK_NONSENSE[^]*PORT[^]*DAYMARK_NAMESPACE/,
    );
  });
});
