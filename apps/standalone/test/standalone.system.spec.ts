import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { DaymarkProcess, newHome, removeHome, until, type Run } from '../../../tools/system/daymark-process';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

jest.setTimeout(180_000);

interface Numbers {
  readonly total: number;
  readonly new: number;
  readonly changed: number;
  readonly deleted: number;
}

interface Status {
  readonly state: string;
  readonly pending: Numbers | null;
  readonly held: Numbers | null;
}

interface Calendar {
  readonly days: readonly { readonly state: string; readonly sealed: boolean }[];
}

interface History {
  readonly items: readonly { readonly id: string }[];
}

describe('a real source copied day by day', () => {
  const home = newHome();
  let orders: OrdersSource;
  let daymark: DaymarkProcess;

  beforeAll(async () => {
    orders = await createOrders({ rows: 60_000, days: 12 });
    daymark = await DaymarkProcess.start(home, orders.environment);
  });

  afterAll(async () => {
    await daymark.stop();
    await orders.dispose();
    removeHome(home);
  });

  async function status(): Promise<Status> {
    return (await daymark.ask<Status>('POST', '/sources/orders/status/refresh', {})).body;
  }

  it('refuses what it cannot read, by name, and registers nothing', async () => {
    const good = orders.settings as { connector: object };
    const bad: [string, unknown, number, string][] = [
      ['zone', { ...good, timeZone: 'Europe/Nowhere' }, 422, 'TIME_ZONE_UNKNOWN'],
      ['interval', { ...good, pollingIntervalMinutes: 0 }, 400, ''],
      [
        'table',
        { ...good, connector: { ...good.connector, table: 'public.nothing' } },
        422,
        'SOURCE_TABLE_UNKNOWN',
      ],
      ['key', { ...good, connector: { ...good.connector, key: ['nothing'] } }, 422, 'SOURCE_COLUMN_UNKNOWN'],
      [
        'day',
        { ...good, connector: { ...good.connector, day: { column: 'note' } } },
        422,
        'SOURCE_DAY_TYPE_UNSUPPORTED',
      ],
      [
        'host',
        { ...good, connector: { ...good.connector, url: 'postgresql://a@127.0.0.1:1/b' } },
        422,
        'SOURCE_UNREACHABLE',
      ],
      [
        'password in the URL',
        { ...good, connector: { ...good.connector, url: 'postgresql://a:b@127.0.0.1/b' } },
        422,
        'SOURCE_URL_HAS_PASSWORD',
      ],
    ];
    for (const [what, body, code, named] of bad) {
      const answer = await daymark.ask('POST', '/sources', body);
      expect([what, answer.status]).toEqual([what, code]);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      if (named !== '') expect([what, answer.body['code']]).toEqual([what, named]);
    }
    expect((await daymark.ask('GET', '/sources')).body['items']).toEqual([]);
    expect((await daymark.ask('GET', '/events')).body['items']).toEqual([]);
  });

  it('registers, counts everything as new, and runs nothing by itself', async () => {
    const registered = await daymark.ask('POST', '/sources', orders.settings);
    expect(registered.status).toBe(201);
    const said = await status();
    expect(said).toMatchObject({
      state: 'pending',
      pending: { total: 60_000, new: 60_000, changed: 0, deleted: 0 },
    });
    expect((await daymark.ask('GET', '/history')).body['items']).toEqual([]);
  });

  it('copies it: every day equal, both ways, sealed where closed', async () => {
    const run = await daymark.run('orders');
    expect(run).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      counts: { read: 60_000, inserted: 60_000 },
    });
    expect(await orders.contentsOfCopy(home)).toEqual(await orders.contents());
    expect(await status()).toMatchObject({ state: 'aligned', pending: { total: 0 }, held: { total: 0 } });
    const days = Object.keys(await orders.contents());
    const calendar = await daymark.ask<Calendar>(
      'GET',
      `/sources/orders/calendar?from=${days[0]!}&to=${days.at(-1)!}`,
    );
    const states = calendar.body.days;
    expect(states.map((day) => day.state)).toEqual(days.map(() => 'synchronized'));
    expect(states[0]?.sealed).toBe(true);
    expect(states.at(-1)?.sealed).toBe(false);
  });

  it('takes inserts, updates and deletes on open days, exactly as many as status said', async () => {
    await orders.client.query(`
      INSERT INTO orders SELECT i, 'late', i, NULL, NULL, now() FROM generate_series(100001, 100037) i;
      UPDATE orders SET note = 'changed' WHERE order_id IN (SELECT order_id FROM orders
        WHERE started_at >= now() - interval '1 second' ORDER BY order_id LIMIT 11);
      DELETE FROM orders WHERE order_id IN (SELECT order_id FROM orders
        WHERE started_at >= now() - interval '1 minute' AND order_id <= 60000 ORDER BY order_id DESC LIMIT 5)`);
    const { pending } = await status();
    expect(pending?.total).toBeGreaterThan(40);
    const { counts } = await daymark.run('orders');
    expect({ new: counts.inserted, changed: counts.changed, deleted: counts.deleted }).toEqual({
      new: pending?.new,
      changed: pending?.changed,
      deleted: pending?.deleted,
    });
    expect(await orders.contentsOfCopy(home)).toEqual(await orders.contents());
  });

  it('holds what changes on a sealed day until somebody resynchronizes it', async () => {
    const [day] = Object.keys(await orders.contents());
    await orders.client.query(`UPDATE orders SET note = 'late' WHERE order_id IN (SELECT order_id FROM orders
      ORDER BY started_at LIMIT 7)`);
    expect(await status()).toMatchObject({ state: 'aligned', held: { total: 7, changed: 7 } });
    const left = await daymark.run('orders');
    expect(left.counts).toMatchObject({ inserted: 0, changed: 0, deleted: 0 });
    expect(left.days.find((reported) => reported.day === day)?.outcome).toBe('held');
    const dry = await daymark.run('orders', { type: 'day', day, resync: true, dryRun: true });
    expect(dry.days).toMatchObject([{ day, outcome: 'would-change', counts: { changed: 7 } }]);
    expect(await orders.contentsOfCopy(home)).not.toEqual(await orders.contents());
    const taken = await daymark.run('orders', { type: 'day', day, resync: true });
    expect(taken).toMatchObject({ status: 'succeeded', counts: { changed: 7, inserted: 0, deleted: 0 } });
    expect(await orders.contentsOfCopy(home)).toEqual(await orders.contents());
    expect(await status()).toMatchObject({ held: { total: 0 } });
  });

  it('finds a transaction that commits late by the next poll', async () => {
    const late = await orders.openAnother();
    await late.query(`BEGIN; INSERT INTO orders VALUES (200001, 'late', 1, NULL, NULL, now())`);
    await orders.client.query(`INSERT INTO orders VALUES (200002, 'early', 1, NULL, NULL, now())`);
    expect(await status()).toMatchObject({ pending: { total: 1 } });
    await daymark.run('orders');
    await late.query('COMMIT');
    await late.end();
    expect(await status()).toMatchObject({ pending: { total: 1, new: 1 } });
    await daymark.run('orders');
    expect(await orders.contentsOfCopy(home)).toEqual(await orders.contents());
  });

  it('refuses runs that cannot be, with nothing done', async () => {
    const before = (await daymark.ask<History>('GET', '/history')).body.items;
    const bad: [unknown, number][] = [
      [{ type: 'day', day: '2026-02-30' }, 400],
      [{ type: 'day' }, 400],
      [{ type: 'month', month: '2026-13' }, 400],
      [{ type: 'range', from: '2026-11-02', to: '2026-11-01' }, 422],
      [{ type: 'day', day: '2999-01-01' }, 422],
      [{ type: 'incremental', resync: true }, 422],
      [{ type: 'week' }, 400],
    ];
    for (const [body, code] of bad) {
      expect([body, (await daymark.ask('POST', '/sources/orders/runs', body)).status]).toEqual([body, code]);
    }
    expect((await daymark.ask('POST', '/sources/nobody/runs', {})).status).toBe(404);
    expect((await daymark.ask('GET', '/history')).body['items']).toHaveLength(before.length);
  });

  it('fails a run by name, and touches nothing, where a whole day turned empty', async () => {
    const before = await orders.contentsOfCopy(home);
    const [, day] = Object.keys(before);
    await orders.client.query(
      `CREATE TABLE aside AS SELECT * FROM orders WHERE (started_at AT TIME ZONE 'Europe/Rome')::date = $1::date`.replace(
        '$1',
        `'${day!}'`,
      ),
    );
    await orders.client.query(`DELETE FROM orders WHERE order_id IN (SELECT order_id FROM aside)`);
    const run = await daymark.run('orders', { type: 'day', day, resync: true });
    expect(run).toMatchObject({ status: 'failed', problem: { code: 'DAY_SHRANK' } });
    expect(await orders.contentsOfCopy(home)).toEqual(before);
    await orders.client.query(`INSERT INTO orders SELECT * FROM aside`);
    expect(await status()).toMatchObject({ state: 'aligned', held: { total: 0 } });
  });

  it('gives its home to nobody else while it runs', async () => {
    await expect(DaymarkProcess.start(home)).rejects.toThrow(/HOME_IN_USE/);
    expect((await daymark.ask('GET', '/sources')).status).toBe(200);
  });
});

describe('a run that is cut off', () => {
  const home = newHome();
  let orders: OrdersSource;
  let daymark: DaymarkProcess;

  beforeAll(async () => {
    orders = await createOrders({ rows: 150_000, days: 25 });
    daymark = await DaymarkProcess.start(home, orders.environment);
    await daymark.ask('POST', '/sources', orders.settings);
  });

  afterAll(async () => {
    await daymark.stop();
    await orders.dispose();
    removeHome(home);
  });

  async function untilDaysAreDone(run: string, days: number): Promise<void> {
    await until(`${days} days are done`, async () => {
      const { body } = await daymark.ask<Run>('GET', `/runs/${run}`);
      return body.progress.daysDone >= days || body.status === 'succeeded';
    });
  }

  it('is one run in the history, complete, after kill -9 and after SIGTERM', async () => {
    const asked = await daymark.ask('POST', '/sources/orders/runs', {});
    const run = String(asked.body['id']);
    for (const days of [1, 4, 8]) {
      await untilDaysAreDone(run, days);
      await daymark.kill();
      daymark = await DaymarkProcess.start(home, orders.environment);
    }
    await untilDaysAreDone(run, 12);
    expect(await daymark.stop()).toBe(0);
    daymark = await DaymarkProcess.start(home, orders.environment);
    const ended = await daymark.ended(run);
    expect(ended).toMatchObject({ status: 'succeeded', counts: { read: 150_000, inserted: 150_000 } });
    expect(ended.attempts).toBeGreaterThan(1);
    expect(await orders.contentsOfCopy(home)).toEqual(await orders.contents());
    const history = (await daymark.ask<History>('GET', '/history')).body.items;
    expect(history.map((item) => item.id)).toEqual([run]);
    const events = await daymark.ask<{ items: { type: string; data: { day: string } }[] }>(
      'GET',
      '/events?limit=500',
    );
    const synchronized = events.body.items
      .filter((event) => event.type === 'DaySynchronized')
      .map((event) => event.data.day);
    expect(new Set(synchronized).size).toBe(synchronized.length);
  });
});
