/** A PostgreSQL table that Daymark did not make, and what SQL says of it and of its copy. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { Client } from 'pg';

const COLUMNS = 'order_id, customer, amount, note, payload, started_at';

export interface OrdersSource {
  readonly client: Client;
  /** What is registered, and the environment that its reference needs. */
  readonly settings: Record<string, unknown>;
  readonly environment: Record<string, string>;
  /** Another connection to the source. */
  openAnother(): Promise<Client>;
  /** Per day in Rome: how many, and a digest of every value in order. */
  contents(): Promise<Contents>;
  /** By the file that standalone leaves for readers. */
  contentsOfCopy(home: string): Promise<Contents>;
  contentsOfCopyIn(databaseUrl: string): Promise<Contents>;
  dispose(): Promise<void>;
}

export type Contents = Readonly<Record<string, string>>;

/** `rows` orders over the last `days` days, today included; day d has d times as few. */
export async function createOrders(options: {
  rows: number;
  days: number;
  name?: string;
}): Promise<OrdersSource> {
  const database = await createTestDatabase();
  const client = await connect(database.url);
  await client.query(`SET TimeZone = 'UTC'`);
  await client.query(
    `CREATE TABLE orders (order_id bigint PRIMARY KEY, customer text NOT NULL, amount numeric(12,2), note text,
       payload jsonb, started_at timestamptz NOT NULL)`,
  );
  await client.query(
    `INSERT INTO orders SELECT i, 'customer ' || i % 500, i / 7.0, CASE WHEN i % 3 > 0 THEN 'é ' || md5(i::text) END,
       jsonb_build_object('n', i), now() - (i % $2) * interval '1 day' - (i % 600) * interval '1 millisecond'
     FROM generate_series(1, $1::int) i`,
    [options.rows, options.days],
  );
  return {
    client,
    settings: settingsFor(database, options.name ?? 'orders'),
    environment: environmentFor(database),
    openAnother: () => connect(database.url),
    contents: () => contentsOf(client, 'orders'),
    contentsOfCopy: (home) =>
      copyOf(readFileSync(join(home, 'target.url'), 'utf8').trim(), options.name ?? 'orders'),
    contentsOfCopyIn: (databaseUrl) => copyOf(databaseUrl, options.name ?? 'orders'),
    dispose: async () => {
      await client.end();
      await database.drop();
    },
  };
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function settingsFor(database: TestDatabase, name: string): Record<string, unknown> {
  const url = new URL(database.url);
  const hasPassword = url.password !== '';
  url.password = '';
  return {
    name,
    timeZone: 'Europe/Rome',
    pollingIntervalMinutes: 60,
    connector: {
      type: 'postgres',
      url: url.toString(),
      ...(hasPassword ? { password: 'env:ORDERS_PASSWORD' } : {}),
      table: 'public.orders',
      key: ['order_id'],
      day: { column: 'started_at' },
    },
  };
}

function environmentFor(database: TestDatabase): Record<string, string> {
  const password = decodeURIComponent(new URL(database.url).password);
  return { DAYMARK_SECRET_NAMES: 'ORDERS_PASSWORD', ORDERS_PASSWORD: password };
}

async function contentsOf(client: Client, table: string): Promise<Contents> {
  const { rows } = await client.query<{ day: string; said: string }>(
    `SELECT (started_at AT TIME ZONE 'Europe/Rome')::date::text AS day,
       count(*) || ' ' || md5(string_agg(ROW(${COLUMNS})::text, E'\\n' ORDER BY order_id)) AS said
     FROM ${table} GROUP BY 1 ORDER BY 1`,
  );
  return Object.fromEntries(rows.map(({ day, said }) => [day, said]));
}

async function copyOf(url: string, name: string): Promise<Contents> {
  const client = await connect(url);
  try {
    await client.query(`SET TimeZone = 'UTC'`);
    return await contentsOf(client, `copy."${name}"`);
  } finally {
    await client.end();
  }
}
