/** One life of an installation in a given database: its stream over restarts, its views thrown away, its secrets kept. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { EventReader } from '@daymark/services/testing';
import { digestOf, requestRebuild } from '@daymark/views';
import { Client, escapeLiteral, Pool } from 'pg';
import { DaymarkProcess, newHome, removeHome, until, type Json } from '../../../tools/system/daymark-process';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

jest.setTimeout(240_000);

const canary = () => `canary-${randomBytes(12).toString('hex')}`;
const secrets = { admin: canary(), source: canary(), wrong: canary(), account: canary() };
const views = 'daymark_views';

const home = newHome();
let database: TestDatabase;
let pool: Pool;
let orders: OrdersSource;
let daymark: DaymarkProcess;
const lines: string[] = [];
const answers: string[] = [];

/** The source's reader has a password that nothing else has. */
async function start(): Promise<void> {
  daymark = await DaymarkProcess.start(home, {
    DATABASE_URL: database.url,
    DAYMARK_ADMIN_PASSWORD: secrets.admin,
    DAYMARK_SECRET_NAMES: 'ORDERS_PASSWORD,WRONG_PASSWORD',
    ORDERS_PASSWORD: secrets.source,
    WRONG_PASSWORD: secrets.wrong,
    LOG_LEVEL: 'debug',
  });
}

async function end(how: 'kill' | 'stop'): Promise<void> {
  await daymark[how]();
  lines.push(...daymark.lines);
}

async function ask(method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await daymark.ask(method, path, body);
  answers.push(JSON.stringify([...answer.headers, answer.body]));
  return answer.body;
}

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  orders = await createOrders({ rows: 4_000, days: 8 });
  const { rows } = await orders.client.query<{ database: string }>('SELECT current_database() AS database');
  role = `reader_${randomBytes(4).toString('hex')}`;
  await orders.client.query(
    `CREATE ROLE ${role} LOGIN PASSWORD ${escapeLiteral(secrets.source)}; GRANT SELECT ON orders TO ${role}`,
  );
  const url = new URL(database.url);
  url.pathname = `/${rows[0]?.database ?? ''}`;
  url.username = role;
  url.password = '';
  const { connector, ...rest } = orders.settings as { connector: object };
  settings = { ...rest, connector: { ...connector, url: url.href } };
  await start();
});
afterAll(async () => {
  await daymark.stop();
  await orders.client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await orders.dispose();
  await pool.end();
  await database.drop();
  removeHome(home);
});

let role: string;
let settings: Record<string, unknown>;

const calendar = async () => {
  const { days } = (await daymark.ask<{ days: unknown[] }>('GET', `/sources/orders/calendar?${range}`)).body;
  return days;
};
const now = new Date();
const dayBefore = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10);
const range = `from=${dayBefore(12)}&to=${dayBefore(0)}`;

describe('one life', () => {
  it('has one stream of events over three restarts, without gap or repeat, whatever is going on', async () => {
    await ask('POST', '/sources', settings);
    const reader = new EventReader(() => daymark.authorization);
    await reader.connect(`${daymark.url}/api/v1/events/stream?after=${await firstPosition()}`);
    for (const how of ['kill', 'stop', 'kill'] as const) {
      await orders.client.query(`UPDATE orders SET note = ${escapeLiteral(how)} WHERE order_id % 7 = 0`);
      const { id } = await ask('POST', '/sources/orders/runs', {
        type: 'range',
        from: dayBefore(7),
        to: dayBefore(0),
        resync: true,
      });
      await end(how);
      await reader.ended();
      await start();
      await reader.connect(`${daymark.url}/api/v1/events/stream`);
      expect((await daymark.ended(String(id))).status).toBe('succeeded');
    }
    const all = await positionsFrom(await firstPosition());
    await reader.has(all.length, 30_000);
    await reader.leave();
    expect(reader.events.map(({ id }) => id)).toEqual(all);
    expect(all.length).toBeGreaterThan(20);
  });

  it('has views that can be thrown away: the same again, and never half of them', async () => {
    const [before, digest] = [await calendar(), await digestOf(pool, views)];
    await pool.query(`DROP SCHEMA ${views} CASCADE`);
    const seen = new Set<string>();
    await until('the views are back', async () => {
      const response = await fetch(`${daymark.url}/api/v1/sources/orders/calendar?${range}`, {
        headers: { authorization: daymark.authorization },
      });
      const body = (await response.json()) as { code?: string; days?: unknown[] };
      seen.add(body.code ?? JSON.stringify(body.days));
      return response.status === 200;
    });
    expect([...seen].filter((one) => one !== 'VIEWS_REBUILDING')).toEqual([JSON.stringify(before)]);
    expect(await digestOf(pool, views)).toEqual(digest);
  });

  it('serves the old copy of its views while they are folded again', async () => {
    const digest = await digestOf(pool, views);
    await requestRebuild(pool, views);
    const generation = async () => {
      const { rows } = await pool.query<{ generation: string }>(`SELECT * FROM ${views}.pointer`);
      return JSON.stringify(rows);
    };
    const before = await generation();
    const shown = await calendar();
    await until('the views are switched', async () => {
      expect(await calendar()).toEqual(shown);
      return (await generation()) !== before;
    });
    expect(await calendar()).toEqual(shown);
    expect(await digestOf(pool, views)).toEqual(digest);
  });

  it('leaves no secret anywhere', async () => {
    await ask('POST', '/users', { name: 'reader', password: secrets.account, roles: ['viewer'] });
    await ask('POST', '/sessions', { username: 'reader', password: secrets.account });
    await ask('POST', '/sessions', { username: 'administrator', password: secrets.wrong });
    const { connector, ...rest } = settings as { connector: object };
    const wrong = { ...rest, name: 'wrong', connector: { ...connector, password: 'env:WRONG_PASSWORD' } };
    await ask('POST', '/sources', wrong);
    await ask('POST', '/sources/test', wrong);
    await ask('POST', '/sources', {
      ...wrong,
      connector: { ...connector, url: `postgresql://a:${secrets.wrong}@127.0.0.1:1/x` },
    });
    // The source refuses its reader in the middle of a life.
    await orders.client.query(`ALTER ROLE ${role} NOLOGIN`);
    await ask('POST', '/sources/orders/status/refresh', {});
    await orders.client.query(`ALTER ROLE ${role} LOGIN`);
    for (const path of [
      '/sources',
      '/sources/orders/status',
      '/history',
      '/events?limit=500',
      '/audit',
      '/users',
      '/me',
    ]) {
      await ask('GET', path);
    }
    for (const path of ['/metrics', '/health/ready', '/api/openapi.json', '/api/docs/errors']) {
      answers.push(await (await fetch(`${daymark.url}${path}`)).text());
    }
    const cmdline = readFileSync(`/proc/${daymark.pid}/cmdline`, 'utf8');
    const rows = await everyRow(database.url);
    await end('stop');
    const places = { rows, lines: lines.join('\n'), answers: answers.join('\n'), cmdline };
    const password = decodeURIComponent(new URL(database.url).password);
    for (const [place, text] of Object.entries(places)) {
      for (const [secret, value] of Object.entries({ ...secrets, database: password })) {
        expect([place, secret, value.length > 8 && text.includes(value)]).toEqual([place, secret, false]);
      }
    }
    expect(rows).toContain('scrypt$');
    expect(places.lines.length).toBeGreaterThan(1_000);
  });
});

async function firstPosition(): Promise<string> {
  const { body } = await daymark.ask<{ items: { position: string }[] }>('GET', '/events?limit=1');
  return body.items[0]?.position ?? '';
}

async function positionsFrom(first: string): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | null = first; after !== null;) {
    const { body }: { body: { items: { position: string }[]; nextCursor: string | null } } =
      await daymark.ask('GET', `/events?limit=500&after=${after}`);
    found.push(...body.items.map(({ position }) => position));
    after = body.nextCursor;
  }
  return found;
}

/** Every row of every table of ours, as text. */
async function everyRow(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname !~ '^(pg_|information_schema)'`,
    );
    const texts: string[] = [];
    for (const { name } of rows) {
      const { rows: whole } = await client.query<{ said: string | null }>(
        `SELECT string_agg(t::text, E'\\n') AS said FROM ${name} t`,
      );
      texts.push(whole[0]?.said ?? '');
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}
