import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { layCable, type Cable } from '../../../tools/system/cable';
import { DaymarkProcess, newHome, removeHome, until, type Run } from '../../../tools/system/daymark-process';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

jest.setTimeout(180_000);

describe('a source that goes away and comes back', () => {
  const home = newHome();
  let orders: OrdersSource;
  let cable: Cable;
  let daymark: DaymarkProcess;

  beforeAll(async () => {
    orders = await createOrders({ rows: 80_000, days: 20 });
    const settings = orders.settings as { connector: { url: string } };
    const url = new URL(settings.connector.url);
    cable = await layCable({ host: url.hostname, port: Number(url.port) });
    url.hostname = '127.0.0.1';
    url.port = String(cable.port);
    daymark = await DaymarkProcess.start(home, orders.environment);
    const connector = { ...settings.connector, url: url.toString() };
    const registered = await daymark.ask('POST', '/sources', { ...settings, connector });
    expect(registered.status).toBe(201);
  });

  afterAll(async () => {
    await daymark.stop();
    await cable.close();
    await orders.dispose();
    removeHome(home);
  });

  async function types(): Promise<string[]> {
    const { body } = await daymark.ask<{ items: { type: string }[] }>('GET', '/events?limit=500');
    return body.items.map((event) => event.type);
  }

  it('is unknown, not aligned, while it cannot be asked; said once, and once that it is back', async () => {
    await daymark.ask('POST', '/sources/orders/status/refresh', {});
    cable.cut();
    for (let i = 0; i < 2; i += 1) {
      const { body } = await daymark.ask('POST', '/sources/orders/status/refresh', {});
      expect(body).toMatchObject({
        state: 'unknown',
        pending: null,
        held: null,
        problem: { code: 'SOURCE_UNREACHABLE' },
      });
    }
    cable.mend();
    const { body } = await daymark.ask('POST', '/sources/orders/status/refresh', {});
    expect(body).toMatchObject({ state: 'pending', pending: { total: 80_000 }, problem: null });
    const told = (await types()).filter((type) => type === 'SourceUnreachable' || type === 'SourceRecovered');
    expect(told).toEqual(['SourceUnreachable', 'SourceRecovered']);
  });

  it('does not end a run: it stays running with its problem shown, and goes on', async () => {
    const asked = await daymark.ask('POST', '/sources/orders/runs', {});
    const run = String(asked.body['id']);
    await until('a day is done', async () => {
      const { body } = await daymark.ask<Run>('GET', `/runs/${run}`);
      return body.progress.daysDone >= 1;
    });
    cable.cut();
    await until('the run shows its problem', async () => {
      const { body } = await daymark.ask<Run>('GET', `/runs/${run}`);
      return body.status === 'running' && body.problem?.code === 'SOURCE_UNREACHABLE';
    });
    cable.mend();
    const ended = await daymark.ended(run);
    expect(ended).toMatchObject({
      status: 'succeeded',
      attempts: 2,
      problem: null,
      counts: { inserted: 80_000 },
    });
    expect(await orders.contentsOfCopy(home)).toEqual(await orders.contents());
  });

  it('can be cancelled while its run sits the outage out', async () => {
    cable.cut();
    const asked = await daymark.ask('POST', '/sources/orders/runs', {});
    const run = String(asked.body['id']);
    await until(
      'it runs',
      async () => (await daymark.ask<Run>('GET', `/runs/${run}`)).body.status === 'running',
    );
    expect((await daymark.ask('POST', `/runs/${run}/cancel`)).status).toBeLessThan(300);
    expect(await daymark.ended(run)).toMatchObject({ status: 'cancelled' });
    expect((await daymark.ask('POST', `/runs/${run}/cancel`)).status).toBe(409);
    cable.mend();
  });
});

describe('a poll that takes longer than a stop may', () => {
  const home = newHome();
  let orders: OrdersSource;

  beforeAll(async () => {
    orders = await createOrders({ rows: 1, days: 1 });
    await orders.client.query(
      'CREATE VIEW slow AS SELECT *, (SELECT 1 FROM pg_sleep(90 + 0 * order_id)) AS nap FROM orders',
    );
  });

  afterAll(async () => {
    await orders.dispose();
    removeHome(home);
  });

  it('is given up when the process stops, which ends well and says nothing bad of the source', async () => {
    const daymark = await DaymarkProcess.start(home, orders.environment);
    const { connector, ...settings } = orders.settings as { connector: object };
    const slow = { ...settings, connector: { ...connector, table: 'public.slow' } };
    expect((await daymark.ask('POST', '/sources', slow)).status).toBe(201);
    await until('the poll is at its census', async () => {
      const { rows } = await orders.client.query<{ n: string }>(
        `SELECT count(*)::text AS n FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event = 'PgSleep'`,
      );
      return rows[0]?.n === '1';
    });
    expect(await daymark.stop()).toBe(0);
    const again = await DaymarkProcess.start(home, orders.environment);
    const { body } = await again.ask<{ items: { type: string }[] }>('GET', '/events');
    expect(body.items.map(({ type }) => type)).toEqual(['SourceRegistered']);
    expect(await again.stop()).toBe(0);
  });
});
