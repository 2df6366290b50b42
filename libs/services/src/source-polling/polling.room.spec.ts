import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, type LastPoll } from '@daymark/contracts';
import { SourceFault } from '@daymark/sources';
import { createPostgresConnector } from '@daymark/sources/postgres';
import { createTestDatabase } from '@daymark/platform/testing';
import { Client } from 'pg';
import {
  EARLIER,
  openHouse,
  refusalOf,
  row,
  rows,
  TODAY,
  until,
  YESTERDAY,
  type House,
} from '../../test/house';

let house: House;

beforeEach(async () => {
  house = await openHouse();
  await house.openPolling();
});
afterEach(() => house.close());

async function types(): Promise<string[]> {
  return (await house.events()).map(({ type }) => type);
}

describe('a poll', () => {
  it('counts everything as new at first, per day', async () => {
    house.memory('orders', [...rows(YESTERDAY, 1, 3), ...rows(TODAY, 4, 8)]);
    const id = await house.register('orders');
    const { pending, held } = await house.status(id);
    expect(pending).toEqual({
      total: 8,
      new: 8,
      changed: 0,
      deleted: 0,
      days: [
        { day: YESTERDAY, new: 3, changed: 0, deleted: 0 },
        { day: TODAY, new: 5, changed: 0, deleted: 0 },
      ],
    });
    expect(held.total).toBe(0);
    expect(await types()).toEqual(['SourceRegistered', 'PendingElementsDetected']);
  });

  it('of an unchanged source appends nothing', async () => {
    house.memory('orders', rows(TODAY, 1, 3));
    const id = await house.register('orders');
    const before = await house.recorded();
    const first = await house.refresh(id);
    const second = await house.refresh(id);
    expect(await house.recorded()).toEqual(before);
    expect(second.checkedAt! > first.checkedAt!).toBe(true);
  });

  it('of an empty source says so once', async () => {
    house.memory('nothing', []);
    const id = await house.register('nothing');
    await house.refresh(id);
    expect(await types()).toEqual(['SourceRegistered', 'SourceAligned']);
  });

  it('tells what grew, shrank and vanished before it was ever copied', async () => {
    const source = house.memory('orders', [...rows(YESTERDAY, 1, 3), ...rows(TODAY, 4, 8)]);
    const id = await house.register('orders');
    source.insert(row(9, TODAY));
    await house.refresh(id);
    expect((await house.status(id)).pending).toMatchObject({ total: 9, new: 9 });
    for (const key of ['1', '2', '3']) source.delete(YESTERDAY, key);
    await house.refresh(id);
    expect((await house.status(id)).pending).toMatchObject({ total: 6, days: [{ day: TODAY, new: 6 }] });
    for (const key of ['4', '5', '6', '7', '8', '9']) source.delete(TODAY, key);
    await house.refresh(id);
    expect((await house.status(id)).pending.total).toBe(0);
    expect((await types()).at(-1)).toBe('SourceAligned');
  });

  it('tells thousands of days in portions, each with the whole number of what is pending by then', async () => {
    const days = Array.from({ length: 3_100 }, (_, i) =>
      new Date(Date.UTC(2017, 0, 1 + i)).toISOString().slice(0, 10),
    );
    house.memory(
      'old',
      days.map((day, i) => row(i, day)),
    );
    const id = await house.register('old', { cleaner: null });
    const polls = (await house.events()).flatMap((event) =>
      event.type === 'PendingElementsDetected' ? [event.data] : [],
    );
    expect(polls.map(({ counts, pending }) => [counts.length, pending])).toEqual([
      [3_000, 3_000],
      [100, 3_100],
    ]);
    expect((await house.status(id)).pending.total).toBe(3_100);
  });

  it('counts and names what stands on no day', async () => {
    house.memory('orders', [
      row(1, TODAY),
      { id: '2', day: null, note: 'x' },
      { id: '3', day: 'infinity', note: 'x' },
    ]);
    await house.register('orders');
    const [poll] = (await house.events()).filter(({ type }) => type === 'PendingElementsDetected');
    expect(poll?.data).toMatchObject({ unreadable: { count: 2 }, pending: 1 });
  });

  it('that cannot reach the source says so once, and once that it can again', async () => {
    const source = house.memory('orders', rows(TODAY, 1, 3));
    const id = await house.register('orders');
    const fault = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });
    source.failAt({ step: 'open', fault, times: 3 });
    for (let i = 0; i < 3; i += 1) {
      expect(await house.refresh(id)).toMatchObject({
        problem: { code: 'SOURCE_UNREACHABLE' },
        checking: false,
      });
    }
    const seen = await house.refresh(id);
    expect(seen.problem).toBeNull();
    await house.refresh(id);
    expect((await types()).slice(2)).toEqual(['SourceUnreachable', 'SourceRecovered']);
    expect(source.openSessions()).toBe(0);
  });

  it('finds a transaction that commits late', async () => {
    const database = await createTestDatabase();
    const [late, other] = await Promise.all([connected(database.url), connected(database.url)]);
    await other.query(`CREATE TABLE orders (id int PRIMARY KEY, day date, note text)`);
    await other.query(`INSERT INTO orders VALUES (1, '${TODAY}', 'one')`);
    house.place('orders', tableConnector(database.url));
    await late.query(`BEGIN; INSERT INTO orders VALUES (2, '${YESTERDAY}', 'began before all the others')`);
    const id = await house.register('orders');
    await other.query(`INSERT INTO orders VALUES (3, '${TODAY}', 'committed first')`);
    await house.refresh(id);
    expect((await house.status(id)).pending.total).toBe(2);
    await late.query('COMMIT');
    await house.refresh(id);
    expect((await house.status(id)).pending.days).toMatchObject([
      { day: YESTERDAY, new: 1 },
      { day: TODAY, new: 2 },
    ]);
    await late.end();
    await other.end();
    await database.drop();
  });
});

async function connected(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

function tableConnector(given: string) {
  const url = new URL(given);
  const password = decodeURIComponent(url.password);
  url.password = '';
  return createPostgresConnector({
    url: url.href,
    password: () => Promise.resolve(password),
    table: 'public.orders',
    key: ['id'],
    day: { column: 'day' },
    timeZone: 'UTC',
  });
}

describe('when polls happen', () => {
  async function lastOf(id: string): Promise<LastPoll> {
    const [last] = await house.messenger.ask<LastPoll[]>(
      SUBJECTS.lastPolls,
      { sourceIds: [id] },
      { timeoutMs: 5_000 },
    );
    return last!;
  }

  it('follows the interval, also one that is changed while running', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const id = await house.register('orders');
    const first = await lastOf(id);
    expect(Date.parse(first.nextPollAt!) - Date.parse(first.checkedAt!)).toBeGreaterThan(59 * 60_000);
    await house.ask(SUBJECTS.changeSource, {
      sourceId: id,
      settings: house.settings('orders', { pollingIntervalMinutes: 1 }),
    });
    const second = await house.refresh(id);
    expect(Date.parse(second.nextPollAt!) - Date.parse(second.checkedAt!)).toBeLessThan(61_000);
    house.advance(2);
    await until(async () => (await lastOf(id)).checkedAt! > second.checkedAt!, 'the scheduled poll');
  });

  it('begins at once after a restart, and knows when it was last checked', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const id = await house.register('orders');
    const before = await lastOf(id);
    const again = await house.openPolling();
    house.advance(1); // no sooner than ten censuses after the last
    await until(async () => (await lastOf(id)).checkedAt! > before.checkedAt!, 'a poll of the second');
    await again();
  });

  it('shares the next poll among those who ask during one', async () => {
    const source = house.memory('orders', rows(TODAY, 1, 1));
    const id = await house.register('orders');
    let opened = 0;
    house.place('orders', { open: (options) => ((opened += 1), source.connector.open(options)) });
    await Promise.all(Array.from({ length: 8 }, () => house.refresh(id)));
    expect(opened).toBeLessThanOrEqual(2);
  });
});

describe('a registration', () => {
  it('is refused for what cannot be read, and nothing is written', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const settings = (overrides: object) => ({ settings: house.settings('orders', overrides) });
    const ask = (overrides: object) => refusalOf(house.ask(SUBJECTS.registerSource, settings(overrides)));
    expect(await ask({ timeZone: 'Mars/Olympus' })).toBe('TIME_ZONE_UNKNOWN');
    expect(await ask({ name: 'Orders' })).toBe('SOURCE_NAME_INVALID');
    expect(await ask({ connector: { ...house.settings('gone').connector } })).toBe('SOURCE_TABLE_UNKNOWN');
    expect(
      await ask({ connector: { ...house.settings('orders').connector, url: 'postgresql://a:b@c/d' } }),
    ).toBe('SOURCE_URL_HAS_PASSWORD');
    expect(await house.recorded()).toEqual([]);
  });

  it('of a taken name is refused, also when both come at once; the same again is the same', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    house.memory('other', rows(TODAY, 1, 1));
    const id = await house.register('orders');
    const taken = { settings: house.settings('orders', { connector: house.settings('other').connector }) };
    expect(await refusalOf(house.ask(SUBJECTS.registerSource, taken))).toBe('SOURCE_NAME_TAKEN');
    const other = await house.register('other');
    expect(other).not.toBe(id);
    const renamed = { sourceId: other, settings: { ...house.settings('other'), name: 'orders' } };
    expect(await refusalOf(house.ask(SUBJECTS.changeSource, renamed))).toBe('SOURCE_NAME_TAKEN');
    const both = ['one', 'other'].map((table) =>
      refusalOf(
        house.ask(SUBJECTS.registerSource, {
          settings: house.settings('twice', {
            connector: { ...house.settings('orders').connector, key: [table] },
          }),
        }),
      ),
    );
    expect((await Promise.all(both)).sort()).toEqual(['SOURCE_NAME_TAKEN', 'answered']);
  });

  it('may be tried out before: columns, oldest day, how much', async () => {
    house.memory('orders', [...rows(EARLIER, 1, 2), ...rows(TODAY, 3, 5)]);
    const found = await house.ask(SUBJECTS.testSource, { settings: house.settings('orders') });
    expect(found).toMatchObject({
      oldestDay: EARLIER,
      elements: 5,
      columns: [{ name: 'id', role: 'key' }, {}, {}],
    });
    expect(await house.recorded()).toEqual([]);
  });

  it('a revision that is stale is refused; an unknown source is unknown', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const id = await house.register('orders');
    const settings = house.settings('orders', { pollingIntervalMinutes: 7 });
    const change = (body: object) => refusalOf(house.ask(SUBJECTS.changeSource, { settings, ...body }));
    expect(await change({ sourceId: id, expectedRevision: 2 })).toBe('SOURCE_REVISION_STALE');
    expect(await change({ sourceId: id, expectedRevision: 1 })).toBe('answered');
    expect(await change({ sourceId: '00000000-0000-4000-8000-000000000000' })).toBe('SOURCE_UNKNOWN');
    expect(await refusalOf(house.refresh('00000000-0000-4000-8000-000000000000'))).toBe('SOURCE_UNKNOWN');
  });
});
