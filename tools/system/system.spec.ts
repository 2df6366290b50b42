/** The system script: one Daymark seen from outside by REST, SSE and SQL, the same however it is run. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { until, type Json, type Run } from './daymark-client';
import { createOrders, type OrdersSource } from './orders-source';
import { eventsHeard } from './event-stream';
import { RunningDaymark, ways, type Way } from './ways';

jest.setTimeout(240_000);

const ROWS = 24_000;

interface Event {
  readonly id: string;
  readonly position: string;
  readonly type: string;
  readonly data: { readonly runId?: string; readonly day?: string };
}

function script(way: Way): void {
  let orders: OrdersSource;
  let daymark: RunningDaymark;
  const runs: string[] = [];
  const saidInOutages = new Set<string>();

  beforeAll(async () => {
    orders = await createOrders({ rows: ROWS, days: 8 });
    daymark = await RunningDaymark.start(way, orders.environment);
  });

  afterAll(async () => {
    await daymark.remove();
    await orders.dispose();
  });

  const status = async (): Promise<Json> =>
    (await daymark.ask('POST', '/sources/orders/status/refresh', {})).body;

  async function run(body: object = {}): Promise<Run> {
    const ended = await daymark.run('orders', body);
    runs.push(ended.id);
    return ended;
  }

  /** A resync of all days that has committed one. */
  async function begunResync(): Promise<string> {
    const days = Object.keys(await orders.contents());
    const resync = { type: 'range', from: days[0], to: days.at(-1), resync: true };
    const asked = await daymark.ask('POST', '/sources/orders/runs', resync);
    const id = String(asked.body['id']);
    runs.push(id);
    await until('a day is done', async () => {
      // One gateway may know of it before the other does.
      const { body } = await daymark.ask<Partial<Run>>('GET', `/runs/${id}`);
      return (body.progress?.daysDone ?? 0) >= 1;
    });
    return id;
  }

  /** Lines of a level that nothing was wrong to be said for. */
  function complaints(level: RegExp): string[] {
    return daymark.processes
      .flatMap(({ lines }) => lines)
      .filter((line) => level.test(line) && !saidInOutages.has(line));
  }

  /** What cannot be done while a neighbour is away is said, and must be; that it cannot go on at all must not. */
  function endOutage(): void {
    expect(complaints(/"level":"fatal"/)).toEqual([]);
    for (const line of complaints(/"level":"error"/)) saidInOutages.add(line);
  }

  async function expectEqual(): Promise<void> {
    expect(await orders.contentsOfCopyIn(daymark.databaseUrl)).toEqual(await orders.contents());
  }

  async function eventsSoFar(): Promise<Event[]> {
    const items: Event[] = [];
    for (;;) {
      const after = items.length === 0 ? '' : `&after=${items.at(-1)?.position ?? ''}`;
      const page = await daymark.ask<{ items: Event[] }>('GET', `/events?limit=500${after}`);
      if (page.body.items.length === 0) return items;
      items.push(...page.body.items);
    }
  }

  it('registers a source, counts all of it, and copies it day by day', async () => {
    expect((await daymark.ask('POST', '/sources', orders.settings)).status).toBe(201);
    expect(await status()).toMatchObject({ state: 'pending', pending: { total: ROWS, new: ROWS } });
    expect(await run()).toMatchObject({ status: 'succeeded', counts: { read: ROWS, inserted: ROWS } });
    await expectEqual();
    expect(await status()).toMatchObject({ state: 'aligned', pending: { total: 0 }, held: { total: 0 } });
    const days = Object.keys(await orders.contents());
    const { body } = await daymark.ask<{ days: { state: string }[] }>(
      'GET',
      `/sources/orders/calendar?from=${days[0]!}&to=${days.at(-1)!}`,
    );
    expect(body.days.map(({ state }) => state)).toEqual(days.map(() => 'synchronized'));
  });

  it('takes what changes on open days, and holds it on sealed ones until a resync', async () => {
    await orders.client.query(`
      INSERT INTO orders SELECT i, 'late', i, NULL, NULL, now() FROM generate_series(100001, 100037) i;
      UPDATE orders SET note = 'late' WHERE order_id IN (SELECT order_id FROM orders ORDER BY started_at LIMIT 7)`);
    expect(await status()).toMatchObject({ pending: { new: 37 }, held: { total: 7 } });
    expect(await run()).toMatchObject({ status: 'succeeded', counts: { inserted: 37, changed: 0 } });
    const [day] = Object.keys(await orders.contents());
    expect(await run({ type: 'day', day, resync: true })).toMatchObject({
      counts: { changed: 7, inserted: 0 },
    });
    await expectEqual();
    expect(await status()).toMatchObject({ state: 'aligned', held: { total: 0 } });
  });

  it.each(way.processes)('kill -9 of %s in the middle of a run: it ends, once, complete', async (name) => {
    await orders.client.query(`UPDATE orders SET note = 'changed with ' || $1`, [name]);
    const id = await begunResync();
    const victim = daymark.process(name);
    await victim.kill();
    victim.again();
    await daymark.untilReady();
    const ended = await daymark.ended(id);
    expect(ended).toMatchObject({ status: 'succeeded' });
    const wasItsOnlyWorker = way.replicas === 1 && (name === 'sync-execution' || name === 'standalone');
    if (wasItsOnlyWorker) expect(ended.attempts).toBeGreaterThan(1);
    await expectEqual();
  });

  it('a database that goes away in the middle of a run and comes back: the run ends, nobody restarts anything', async () => {
    await orders.client.query(`UPDATE orders SET note = 'changed without a database'`);
    const id = await begunResync();
    const pids = daymark.processes.map(({ pid }) => pid);
    daymark.cable.cut();
    await until('all say that they are not ready', async () => {
      const answers = await Promise.all(daymark.processes.map((each) => each.health('/health/ready')));
      return answers.every(({ status, text }) => status === 503 && text.includes('database'));
    });
    for (const process of daymark.processes) expect((await process.health('/health/live')).status).toBe(200);
    daymark.cable.mend();
    await daymark.untilReady();
    expect(await daymark.ended(id)).toMatchObject({ status: 'succeeded' });
    await expectEqual();
    expect(daymark.processes.map(({ pid }) => pid)).toEqual(pids);
    endOutage();
  });

  if (way.nats !== null)
    it('kill -9 of nats-server in the middle of a run: the run ends, and questions are answered again', async () => {
      await orders.client.query(`UPDATE orders SET note = 'changed without messages'`);
      const id = await begunResync();
      await daymark.nats?.kill();
      for (const process of daymark.processes)
        expect((await process.health('/health/live')).status).toBe(200);
      await until('all say that they are not ready', async () => {
        const answers = await Promise.all(daymark.processes.map((each) => each.health('/health/ready')));
        return answers.every(({ status, text }) => status === 503 && text.includes('messaging'));
      });
      const refused = await daymark.ask('POST', '/sources/orders/runs', {});
      expect(refused.status).toBe(503);
      await daymark.nats?.start();
      await daymark.untilReady();
      expect(await daymark.ended(id)).toMatchObject({ status: 'succeeded' });
      expect(await status()).toMatchObject({ state: 'aligned' });
      await expectEqual();
      endOutage();
    });

  it('has each run once in its history, and each committed day of it once in its events', async () => {
    const { items } = (await daymark.ask<{ items: Json[] }>('GET', '/history?limit=100')).body;
    expect(items.map(({ id }) => id).sort()).toEqual([...runs].sort());
    const committed = (await eventsSoFar())
      .filter(({ type }) => type === 'DaySynchronized')
      .map(({ data }) => `${data.runId ?? ''} ${data.day ?? ''}`);
    expect(new Set(committed).size).toBe(committed.length);
  });

  it('streams the same events live, from any gateway, all of them', async () => {
    const [first, ...told] = await eventsSoFar();
    for (let i = 0; i < way.replicas; i += 1)
      expect(await eventsHeard(daymark, first!.position, told.length)).toEqual(told.map(({ id }) => id));
  });

  it('stops on SIGTERM, each process with exit code 0, and says nothing bad meanwhile', async () => {
    expect(await daymark.stop()).toEqual(daymark.processes.map(() => 0));
    expect(complaints(/"level":"(error|fatal)"/)).toEqual([]);
  });
}

for (const way of ways()) {
  if (way.missing === undefined) describe(way.name, () => script(way));
  else it.skip(`${way.name}: ${way.missing}`, () => undefined);
}
