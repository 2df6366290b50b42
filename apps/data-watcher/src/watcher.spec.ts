import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import { Pool } from 'pg';
import { createFlowsTable, type FlowsPlace, readDays, readScene } from './flow-table';
import { defaultRates, type Rates } from './tick';
import { createDataWatcher, type DataWatcher, fillDays, runCleaner } from './watcher';

jest.setTimeout(60_000);

const now = Date.parse('2026-11-18T10:00:00Z');
const minute = 60_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Counted {
  readonly day: string;
  readonly rows: number;
  readonly running: number;
}

describe('data-watcher on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let pool: Pool;
  let place: FlowsPlace;

  beforeEach(async () => {
    database = await createTestDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
    pool.on('error', () => undefined);
    place = { database: pool, schema: 'demo', timeZone: 'Europe/Rome' };
    await createFlowsTable(place);
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const counted = async (): Promise<Counted[]> => {
    const { rows } = await pool.query<Counted>(
      `select to_char(started_at at time zone 'Europe/Rome', 'YYYY-MM-DD') as day, count(*)::int as rows,
              count(*) filter (where status = 'RUNNING')::int as running
         from demo.flows group by 1 order by 1`,
    );
    return rows;
  };
  const everything = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ row: string }>(
      'select flows::text as row from demo.flows order by flow_id',
    );
    return rows.map(({ row }) => row);
  };
  const watcherAt = (clock: () => number, rates: Rates = defaultRates): DataWatcher =>
    createDataWatcher({ place, seed: 's', clock, everySeconds: 5, rates, logger: silent });

  it('creates its table once, however many start at once', async () => {
    const other = { ...place, schema: 'other' };
    await Promise.all([1, 2, 3, 4].map(() => createFlowsTable(other)));
    await createFlowsTable(other);
    expect((await pool.query('select 1 from other.flows')).rowCount).toBe(0);
  });

  it('fills ten days up to now, the same ones for the same seed and instant', async () => {
    const added = await fillDays({ place, seed: 's', now });
    const days = await counted();
    expect(days.map(({ day }) => day)).toEqual((await readDays(place, now, 9)).map(({ day }) => day));
    expect(days[0]?.day).toBe('2026-11-09');
    expect(days.reduce((sum, { rows }) => sum + rows, 0)).toBe(added);
    for (const { day, rows, running } of days.slice(0, -1)) {
      expect({ day, running, plausible: rows >= 300 && rows <= 2_000 }).toEqual({
        day,
        running: 0,
        plausible: true,
      });
    }
    const first = await everything();
    await pool.query('truncate demo.flows');
    await fillDays({ place, seed: 's', now });
    expect(await everything()).toEqual(first);
  });

  it('fills, after a pause, what came since, and brings back nothing that is gone', async () => {
    await fillDays({ place, seed: 's', now });
    const { rows: taken } = await runCleaner({ place, now });
    await pool.query("delete from demo.flows where started_at >= '2026-11-14' and started_at < '2026-11-15'");
    const before = await counted();
    const later = now + 26 * 60 * minute;
    const added = await fillDays({ place, seed: 's', now: later });
    const after = await counted();
    expect(taken).toBeGreaterThan(0);
    expect(added).toBeGreaterThan(0);
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
    expect(after.at(-1)?.day).toBe('2026-11-19');
    expect(await fillDays({ place, seed: 's', now: later })).toBe(0);
  });

  it('begins days at local midnight, also where the clocks change', async () => {
    const bounds = async (instant: string): Promise<number[]> =>
      (await readDays(place, Date.parse(instant), 1)).map(
        ({ startsAt, endsAt }) => (endsAt - startsAt) / (60 * minute),
      );
    expect(await bounds('2026-10-25T22:59:00Z')).toEqual([24, 25]);
    expect(await bounds('2026-10-25T23:00:00Z')).toEqual([25, 24]);
    expect(await bounds('2026-03-29T12:00:00Z')).toEqual([24, 23]);
  });

  it('cleans the days outside the retention, to the row, by the zone', async () => {
    const insert = (startedAt: string): Promise<unknown> =>
      pool.query(
        `insert into demo.flows values (gen_random_uuid(), 'p', 'SFTP', 'INBOUND', 'COMPLETED', 'f', 1, 1, $1, $1)`,
        [startedAt],
      );
    await insert('2026-11-10T22:59:59.999Z');
    await insert('2026-11-10T23:00:00Z');
    await insert('2026-11-18T09:00:00Z');
    expect(await runCleaner({ place, now, retentionDays: 7 })).toEqual({ rows: 1, lastDay: '2026-11-10' });
    expect((await counted()).map(({ day }) => day)).toEqual(['2026-11-11', '2026-11-18']);
    expect(await runCleaner({ place, now, retentionDays: 7 })).toEqual({ rows: 0, lastDay: null });
  });

  it('grows: flows start and end today, earlier days change too, and nothing runs for ever', async () => {
    let clock = now;
    const rates = { flowsPerMinute: 60, latePerHour: 200, correctionsPerHour: 200, deletionsPerHour: 200 };
    const watcher = watcherAt(() => clock, rates);
    await watcher.prepare();
    const before = await counted();
    const total = { inserted: 0, updated: 0, deleted: 0 };
    for (let i = 0; i < 60; i += 1) {
      clock += 5_000;
      const changes = await watcher.tick();
      total.inserted += changes.inserts.length;
      total.updated += changes.updates.length;
      total.deleted += changes.deletes.length;
    }
    const after = await counted();
    const sum = (days: Counted[]): number => days.reduce((rows, day) => rows + day.rows, 0);
    expect(sum(after)).toBe(sum(before) + total.inserted - total.deleted);
    expect(total.deleted).toBeGreaterThan(3);
    expect(after.filter(({ running }) => running > 0).map(({ day }) => day)).toEqual(['2026-11-18']);
    expect(after.slice(0, -1)).not.toEqual(before.slice(0, -1));
    clock += 20 * minute;
    await watcher.tick();
    const { running } = await readScene(place, clock, []);
    expect(running.filter((flow) => Date.parse(flow.startedAt) < clock - 11 * minute)).toEqual([]);
  });

  it('is the same table whoever watched it, for the same seed and the same instants', async () => {
    const story = async (): Promise<string[]> => {
      let clock = now;
      const watcher = watcherAt(() => clock);
      await watcher.prepare();
      for (let i = 0; i < 10; i += 1) {
        clock += 5_000;
        await watcher.tick();
      }
      return everything();
    };
    const first = await story();
    await pool.query('truncate demo.flows');
    expect(await story()).toEqual(first);
  });
});
