import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MemorySource } from '@daymark/sources/memory';
import {
  EARLIER,
  openHouse,
  refusalOf,
  row,
  rows,
  TODAY,
  YESTERDAY,
  type House,
  type RunEnd,
} from '../../test/house';

let house: House;
let source: MemorySource;
let id: string;

beforeEach(async () => {
  house = await openHouse();
  await house.openPolling();
  await house.openExecution();
  source = house.memory('orders', [
    ...rows(EARLIER, 1, 60),
    ...rows(YESTERDAY, 101, 160),
    ...rows(TODAY, 201, 260),
  ]);
  id = await house.register('orders');
});
afterEach(() => house.close());

async function outcome(work: Promise<RunEnd>): Promise<unknown> {
  const end = await work;
  return end.type === 'SyncCancelled'
    ? end.type
    : [end.type, end.data.days.map(({ day, outcome: is }) => `${day} ${is}`)];
}

async function seals(): Promise<Record<string, string>> {
  const summaries = [...(await house.summaries(id)).values()];
  return Object.fromEntries(
    summaries.map(({ day, sealed, revision }) => [day, `${sealed ? 'sealed' : 'open'} ${revision}`]),
  );
}

async function pending(): Promise<number> {
  return (await house.status(id)).pending.total;
}

/** What `DaySynchronized` told of the last run, added up. */
async function told(runId: string): Promise<{ inserted: number; changed: number; deleted: number }> {
  const sum = { inserted: 0, changed: 0, deleted: 0 };
  for (const event of await house.events()) {
    if (event.type !== 'DaySynchronized' || event.data.runId !== runId) continue;
    sum.inserted += event.data.counts.inserted;
    sum.changed += event.data.counts.changed;
    sum.deleted += event.data.counts.deleted;
  }
  return sum;
}

describe('an incremental run', () => {
  it('takes every day, seals the closed ones and leaves the open one unsealed', async () => {
    expect((await house.run(id)).type).toBe('SyncCompleted');
    expect(await seals()).toEqual({ [EARLIER]: 'sealed 1', [YESTERDAY]: 'sealed 1', [TODAY]: 'open 1' });
    expect(await house.copied('orders')).toHaveLength(180);
    expect(await pending()).toBe(0);
    const types = (await house.events()).map(({ type }) => type);
    expect(types.filter((type) => type === 'DaySynchronized')).toHaveLength(3);
    expect(types).toContain('SyncStarted');
  });

  it('counts exactly what the status had said', async () => {
    await house.run(id);
    source.put(row(201, TODAY, 'changed'));
    source.put(row(202, TODAY, 'changed'));
    source.delete(TODAY, '203');
    source.insert(row(300, TODAY), row(301, TODAY), row(302, TODAY));
    await house.refresh(id);
    const before = (await house.status(id)).pending;
    expect(before).toMatchObject({ total: 6, new: 3, changed: 2, deleted: 1 });
    const end = await house.run(id);
    expect(await told(end.data.runId)).toEqual({
      inserted: before.new,
      changed: before.changed,
      deleted: before.deleted,
    });
    expect(await pending()).toBe(0);
  });

  it('leaves what changed on a sealed day held; a resync of the day takes it', async () => {
    await house.run(id);
    source.put(row(1, EARLIER, 'late'));
    source.insert(row(70, EARLIER));
    source.insert(row(170, YESTERDAY));
    const end = await house.run(id);
    expect(end.type === 'SyncCompleted' && end.data.days).toMatchObject([
      { day: EARLIER, outcome: 'held' },
      { day: YESTERDAY, outcome: 'held' },
      { day: TODAY, outcome: 'unchanged' },
    ]);
    expect((await house.status(id)).held).toMatchObject({ total: 3, new: 2, changed: 1 });
    expect(await house.copied('orders')).toHaveLength(180);
    await house.run(id, { type: 'day', day: EARLIER, resync: true });
    expect((await house.status(id)).held).toMatchObject({ total: 1, days: [{ day: YESTERDAY }] });
    expect((await seals())[EARLIER]).toBe('sealed 2');
    await house.run(id, { type: 'range', from: EARLIER, to: YESTERDAY, resync: true });
    expect((await house.status(id)).held.total).toBe(0);
    source.delete(EARLIER, '2');
    await house.refresh(id);
    expect((await house.status(id)).held).toMatchObject({ deleted: 1 });
    await house.run(id, { type: 'month', month: '2026-03', resync: true });
    expect((await house.status(id)).held.total).toBe(0);
    expect(await house.copied('orders')).toHaveLength(181);
  });

  it('tells everything at its end: the poll that follows has nothing to add', async () => {
    const { runId } = await house.run(id).then(({ data }) => data);
    source.put(row(1, EARLIER, 'late'));
    source.insert(row(300, TODAY));
    const { data } = await house.run(id);
    const events = await house.events();
    const end = events.findIndex(
      (event) => event.type === 'SyncCompleted' && event.data.runId === data.runId,
    );
    expect(data.runId).not.toBe(runId);
    expect(events.slice(end + 1).map(({ type }) => type)).toEqual(['RunReleased']);
  });

  it('does not take what vanished before it was copied for pending', async () => {
    for (let key = 201; key <= 260; key += 1) source.delete(TODAY, String(key));
    const end = await house.run(id);
    expect(end.type).toBe('SyncCompleted');
    expect(await pending()).toBe(0);
  });

  it('seals the closed days without elements since the first census', async () => {
    house.memory('gaps', [row(1, '2026-03-05'), row(2, TODAY)]);
    id = await house.register('gaps');
    await house.run(id);
    const days = ['05', '06', '07', '08', '09'].map((day) => [`2026-03-${day}`, 'sealed 1']);
    expect(await seals()).toEqual({ ...Object.fromEntries(days), [TODAY]: 'open 1' });
    expect((await house.summaries(id)).get('2026-03-06')).toMatchObject({ outcome: 'empty', elements: 0 });
  });
});

describe('a dry run', () => {
  it('writes nothing, not even a table, and says what would change', async () => {
    const end = await house.run(id, { dryRun: true });
    expect(await outcome(Promise.resolve(end))).toEqual([
      'SyncCompleted',
      [`${EARLIER} would-change`, `${YESTERDAY} would-change`, `${TODAY} would-change`],
    ]);
    expect(await house.elements.stored(id)).toBeNull();
    expect(
      await house.sql(
        `SELECT tablename FROM pg_tables WHERE tablename LIKE 'source\\_%' AND tablename <> 'source_tables'`,
      ),
    ).toEqual([]);
    expect(await pending()).toBe(180);
  });

  it('of a resync compares, and changes nothing', async () => {
    await house.run(id);
    source.put(row(1, EARLIER, 'late'));
    const before = await house.summaries(id);
    const end = await house.run(id, { type: 'day', day: EARLIER, resync: true, dryRun: true });
    expect(end.type === 'SyncCompleted' && end.data.days).toMatchObject([
      {
        day: EARLIER,
        outcome: 'would-change',
        counts: { read: 60, changed: 1, unchanged: 59, inserted: 0, deleted: 0 },
      },
    ]);
    expect(await house.summaries(id)).toEqual(before);
    expect((await house.status(id)).held.total).toBe(1);
  });
});

describe('one bad day', () => {
  it('fails by name and changes nothing; the others go on', async () => {
    source.insert(row(101, YESTERDAY, 'again'));
    const end = await house.run(id);
    expect(end).toMatchObject({ type: 'SyncFailed', data: { problem: { code: 'SOURCE_KEYS_NOT_UNIQUE' } } });
    expect(end.type === 'SyncFailed' && end.data.days).toMatchObject([{ day: YESTERDAY, outcome: 'failed' }]);
    expect(Object.keys(await seals())).toEqual([EARLIER, TODAY]);
    expect(await pending()).toBe(61);
  });

  it('of a copied day whose keys are not unique any more is told, with the others', async () => {
    await house.run(id);
    source.insert(row(201, TODAY, 'again'));
    source.put(row(1, EARLIER, 'late'));
    const end = await house.run(id);
    expect(end).toMatchObject({ type: 'SyncFailed', data: { problem: { code: 'SOURCE_KEYS_NOT_UNIQUE' } } });
    expect(end.type === 'SyncFailed' && end.data.days).toMatchObject([
      { day: EARLIER, outcome: 'held' },
      { day: YESTERDAY, outcome: 'unchanged' },
      { day: TODAY, outcome: 'failed' },
    ]);
  });

  it('that is sealed does not fail a run that leaves it alone', async () => {
    await house.run(id);
    source.insert(row(1, EARLIER, 'again'), row(300, TODAY));
    expect((await house.run(id)).type).toBe('SyncCompleted');
    expect(await house.copied('orders')).toHaveLength(181);
    expect(await house.refresh(id)).toMatchObject({ problem: { code: 'SOURCE_KEYS_NOT_UNIQUE' } });
  });

  it('that shrank is refused, and a dry run says so before', async () => {
    await house.run(id);
    for (let key = 201; key <= 251; key += 1) source.delete(TODAY, String(key));
    const dry = await house.run(id, { dryRun: true });
    expect(dry).toMatchObject({ type: 'SyncFailed', data: { problem: { code: 'DAY_SHRANK' } } });
    const end = await house.run(id);
    expect(end).toMatchObject({ type: 'SyncFailed', data: { problem: { code: 'DAY_SHRANK' } } });
    expect(await house.copied('orders')).toHaveLength(180);
    expect((await house.status(id)).pending).toMatchObject({ total: 51, deleted: 51 });
  });
});

describe('the source’s cleaner', () => {
  it('never deletes in the copy; rows that were kept stay kept, whatever the settings say later', async () => {
    await house.ask('cmd.source-polling.change-source', {
      sourceId: id,
      settings: house.settings('orders', { cleaner: { retentionDays: 1, runsAt: '03:00', guardMinutes: 0 } }),
    });
    await house.run(id);
    for (const key of ['1', '2', '3']) source.delete(EARLIER, key);
    source.insert(row(71, EARLIER));
    await house.refresh(id);
    expect((await house.status(id)).held).toMatchObject({ total: 1, new: 1, deleted: 0 });
    await house.run(id, { type: 'day', day: EARLIER, resync: true });
    expect((await house.summaries(id)).get(EARLIER)).toMatchObject({
      kept: 3,
      elements: 61,
      sourceCount: 58,
    });
    await house.ask('cmd.source-polling.change-source', { sourceId: id, settings: house.settings('orders') });
    source.insert(row(72, EARLIER));
    await house.refresh(id);
    expect((await house.status(id)).held).toMatchObject({ total: 1, new: 1, deleted: 0 });
    await house.run(id, { type: 'day', day: EARLIER, resync: true });
    expect((await house.summaries(id)).get(EARLIER)).toMatchObject({ kept: 3, elements: 62 });
    source.insert(...rows(EARLIER, 1, 3));
    await house.run(id, { type: 'day', day: EARLIER, resync: true });
    expect((await house.summaries(id)).get(EARLIER)).toMatchObject({ kept: 0, elements: 62 });
  });
});

describe('a request', () => {
  it('is refused for periods that cannot be', async () => {
    const ask = (body: object) => refusalOf(house.request(id, body));
    expect(await ask({ type: 'day', day: '2026-02-30' })).toBe('DAY_INVALID');
    expect(await ask({ type: 'month', month: '2026-13' })).toBe('MONTH_INVALID');
    expect(await ask({ type: 'range', from: TODAY, to: EARLIER })).toBe('RUN_RANGE_INVERTED');
    expect(await ask({ type: 'day', day: '2026-03-11' })).toBe('RUN_DAY_IN_FUTURE');
    expect(await ask({ resync: true })).toBe('RUN_RESYNC_NEEDS_DAYS');
    expect(await ask({ day: TODAY })).toBe('RUN_FIELD_MISPLACED');
    expect(await refusalOf(house.request('00000000-0000-4000-8000-000000000000'))).toBe('SOURCE_UNKNOWN');
    expect(await house.summaries(id)).toEqual(new Map());
  });

  it('of one day takes that day only', async () => {
    await house.run(id, { type: 'day', day: YESTERDAY });
    expect(await seals()).toEqual({ [YESTERDAY]: 'sealed 1' });
    expect(await pending()).toBe(120);
  });
});
