import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import type { DaymarkEvent } from '@daymark/contracts';
import { openDatabase, tell, type Database } from '../../test/database';
import {
  completed,
  count,
  failed,
  flows,
  none,
  orders,
  polled,
  registered,
  removed,
  report,
  requested,
  runA,
  runB,
  settings,
  started,
  synchronized,
} from '../../test/stories';
import { ViewFault, type RunFilter, type Views } from '../port';
import { startProjection } from '../projection/projection';
import { createViews } from './views';

const gone = '6f0b2f3e-0000-4000-8000-000000000003';
const runIds = Array.from({ length: 7 }, (_, index) => `7f0b2f3e-0000-4000-8000-00000000000${String(index)}`);

const story: DaymarkEvent[] = [
  registered(),
  registered(flows, 'flows'),
  registered(gone, 'gone'),
  removed('keep', gone),
  polled([
    count('2026-11-16', { new: 4, changed: 1 }),
    count('2026-11-17', { new: 10 }),
    count('2026-11-18', { new: 10 }),
    count('2026-11-19'),
  ]),
  requested({ requestedAt: '2026-11-20T02:00:00Z' }),
  started(),
  synchronized('2026-11-18'),
  synchronized('2026-11-17', { outcome: 'unchanged', counts: none }),
  completed({ days: [report('2026-11-15')] }),
  polled([
    count('2026-11-18', { revision: 1, at: '2026-11-21T00:00:00Z', sealed: true, deleted: 2 }),
    count('2026-11-17', { revision: 1, at: '2026-11-21T00:00:00Z', sealed: true, new: 1 }),
  ]),
  ...runIds.flatMap((runId, index): DaymarkEvent[] => [
    requested({
      runId,
      type: index % 2 === 0 ? 'day' : 'range',
      period: { from: '2026-11-18', to: '2026-11-18' },
      trigger: { kind: index % 3 === 0 ? 'api' : 'slot', actor: 'robot', occurrence: null },
      requestedAt: `2026-11-21T0${String(index)}:00:00.000Z`,
    }),
    started(runId),
    synchronized('2026-11-18', { runId, revision: 1 }),
    index === 0 ? failed({ runId }) : completed({ runId }),
  ]),
  requested({ runId: runB, sourceId: flows, requestedAt: '2026-11-22T00:00:00+01:00' }),
  started(runB),
];

let database: Database;
let views: Views;
let position: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  database = await openDatabase();
  const log = createMemoryEventLog();
  const projection = await startProjection({ log, pool: database.pool, schema: 'daymark_views' });
  views = createViews({ pool: database.pool, schema: 'daymark_views', projection });
  position = await tell(log, story);
  if (!(await views.reached(position, 20_000))) throw new Error('the views did not get there');
  stop = async () => {
    await projection.stop();
    await log.close();
    await database.close();
  };
});

afterAll(async () => stop());

describe('sources', () => {
  it('are those not removed, by name, as the port says them', async () => {
    const sources = await views.sources();
    expect(sources.map(({ settings: { name } }) => name)).toEqual(['flows', 'orders']);
    expect(sources[0]).toEqual({
      id: flows,
      settings: { ...settings, name: 'flows' },
      revision: 1,
      removed: false,
      polling: {
        knownFrom: null,
        oldestSeen: null,
        polled: false,
        unreadable: { count: 0, reasons: [] },
        problem: null,
      },
      censusAt: null,
      lastSynchronizedAt: null,
      covered: null,
    });
  });

  it('are paged by name, each once', async () => {
    const first = await views.pageOfSources({ cursor: null, limit: 1 });
    expect(first.items).toEqual([(await views.sources())[0]]);
    const second = await views.pageOfSources({ cursor: first.nextCursor, limit: 1 });
    expect(second).toEqual({ items: [(await views.sources())[1]], nextCursor: null });
    expect(await views.pageOfSources({ cursor: null, limit: 500 })).toEqual({
      items: await views.sources(),
      nextCursor: null,
    });
  });

  it('refuse a cursor that no page of sources gave out', async () => {
    const { nextCursor } = await views.runs({}, { cursor: null, limit: 1 });
    for (const cursor of ['', 'x', nextCursor, Buffer.from('source ').toString('base64url')]) {
      await expect(views.pageOfSources({ cursor, limit: 1 })).rejects.toMatchObject({
        code: 'CURSOR_INVALID',
      });
    }
    const page = await views.pageOfSources({ cursor: null, limit: 1 });
    const refused = views.runs({}, { cursor: page.nextCursor, limit: 1 });
    await expect(refused).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });

  it('are found by id and by name; a removed one, a stranger and nonsense are not', async () => {
    expect((await views.source(orders))?.settings.name).toBe('orders');
    expect((await views.source('orders'))?.id).toBe(orders);
    for (const stranger of [gone, 'gone', 'stranger', '', "'; drop table x", '💥', 'or\0ders']) {
      expect(await views.source(stranger)).toBeNull();
    }
  });
});

describe('differences', () => {
  it('are pending on days that are not sealed', async () => {
    expect(await views.differences(orders, false)).toEqual({
      total: 5,
      new: 4,
      changed: 1,
      deleted: 0,
      days: [{ day: '2026-11-16', new: 4, changed: 1, deleted: 0 }],
    });
  });

  it('are held on sealed ones, by day, ascending', async () => {
    expect(await views.differences(orders, true)).toMatchObject({
      total: 3,
      days: [
        { day: '2026-11-17', new: 1 },
        { day: '2026-11-18', deleted: 2 },
      ],
    });
  });

  it('are none where nothing is known', async () => {
    const nothing = { total: 0, new: 0, changed: 0, deleted: 0, days: [] };
    expect(await views.differences(flows, false)).toEqual(nothing);
  });
});

describe('days', () => {
  it('are those that anything is known of, both ends included', async () => {
    const days = await views.days(orders, { from: '2026-11-17', to: '2026-11-19' });
    expect(days.map(({ day }) => day)).toEqual(['2026-11-17', '2026-11-18', '2026-11-19']);
    expect(days[2]).toEqual({
      sourceId: orders,
      day: '2026-11-19',
      count: count('2026-11-19'),
      copied: null,
      failed: null,
    });
    expect(await views.days(flows, { from: '0001-01-01', to: '9999-12-31' })).toEqual([]);
  });
});

describe('runs', () => {
  const all = { cursor: null, limit: 500 };
  const ids = async (filter: RunFilter) => (await views.runs(filter, all)).items.map(({ id }) => id);
  const newestFirst = [runB, ...[...runIds].reverse(), runA];

  it('come one by one with their days, ascending', async () => {
    const run = await views.run(runA);
    expect(run).toMatchObject({
      id: runA,
      status: 'succeeded',
      period: { from: '2026-11-15', to: '2026-11-18' },
    });
    expect(run).not.toHaveProperty('position');
    expect(run?.days.map(({ day, outcome }) => [day, outcome])).toEqual([
      ['2026-11-15', 'held'],
      ['2026-11-17', 'unchanged'],
      ['2026-11-18', 'synchronized'],
    ]);
    expect(await views.run('stranger')).toBeNull();
    expect(await views.run('\0')).toBeNull();
    expect(await ids({ sourceId: '\0', type: ['\0'] })).toEqual([]);
  });

  it('are listed without their days, with how many there are', async () => {
    const listed = (await views.runs({}, all)).items.find(({ id }) => id === runA);
    expect(listed).toMatchObject({ id: runA, daysDone: 3, counts: { inserted: 10 } });
    const ofDay = (await views.runsOfDay(orders, '2026-11-15'))[0];
    expect([listed, ofDay, await views.runningRun(flows)].map((run) => run && 'days' in run)).toEqual([
      false,
      false,
      false,
    ]);
    expect((await views.run(runA))?.daysDone).toBe(3);
  });

  it('are paged newest first, each once', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await views.runs({}, { cursor, limit: 4 });
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(newestFirst);
  });

  it('have no next page where the last is exactly full', async () => {
    expect((await views.runs({}, { cursor: null, limit: newestFirst.length })).nextCursor).toBeNull();
  });

  it('are filtered by source, status, type, trigger and the time of the request', async () => {
    expect(await ids({ sourceId: flows })).toEqual([runB]);
    expect(await ids({ status: ['running', 'failed'] })).toEqual([runB, runIds[0]]);
    expect(await ids({ type: ['range'] })).toEqual([runIds[5], runIds[3], runIds[1]]);
    expect(await ids({ trigger: ['api'] })).toEqual([runIds[6], runIds[3], runIds[0]]);
    expect(await ids({ from: '2026-11-21T05:00:00Z', to: '2026-11-21T23:00:00Z' })).toEqual([
      runIds[6],
      runIds[5],
    ]);
    expect(await ids({ from: '2026-11-21T23:00:00Z' })).toEqual([runB]);
    expect(await ids({ status: [] })).toEqual([]);
    expect(await ids({ sourceId: orders, type: ['day'], trigger: ['api'], status: ['failed'] })).toEqual([
      runIds[0],
    ]);
  });

  it('keep their filter across pages', async () => {
    const first = await views.runs({ type: ['day'] }, { cursor: null, limit: 2 });
    const second = await views.runs({ type: ['day'] }, { cursor: first.nextCursor, limit: 2 });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      [6, 4, 2, 0].map((index) => runIds[index]),
    );
    expect(second.nextCursor).toBeNull();
  });

  it.each(['', 'x', '%%%', 'cnVuIA', Buffer.from('run 1\u0000').toString('base64url'), 'A'.repeat(400)])(
    'refuse a cursor that no page gave out: %j',
    async (cursor) => {
      const refused = views.runs({}, { cursor, limit: 5 });
      await expect(refused).rejects.toBeInstanceOf(ViewFault);
      await expect(refused).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
    },
  );

  it('know which one a source is at', async () => {
    expect((await views.runningRun(flows))?.id).toBe(runB);
    expect(await views.runningRun(orders)).toBeNull();
  });

  it('are found by the day that they took or looked at, newest first', async () => {
    const runs = await views.runsOfDay(orders, '2026-11-18');
    expect(runs.map(({ id }) => id)).toEqual([...[...runIds].reverse(), runA]);
    expect((await views.runsOfDay(orders, '2026-11-15')).map(({ id }) => id)).toEqual([runA]);
    expect(await views.runsOfDay(orders, '2026-11-14')).toEqual([]);
  });
});
