import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { censusObject, faultOf, readCopyRows, readFingerprints } from '../testing/reading';
import { openBench } from './database.fixture';
import type { Bench } from './database.fixture';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterEach(() => bench.closeSessions());
afterAll(() => bench.dispose());

/** Zones and the first of three days around a change of their clocks. */
const AROUND: readonly (readonly [string, string])[] = [
  ['Europe/Rome', '2026-03-28'],
  ['America/Sao_Paulo', '2018-11-03'],
  ['America/St_Johns', '2006-10-28'],
  ['Pacific/Apia', '2011-12-29'],
  ['UTC', '2026-01-01'],
];

describe('the day of an element', () => {
  it.each(AROUND)('is the date in %s of an instant, around %s', async (timeZone, first) => {
    await bench.sql(`DROP TABLE IF EXISTS t; CREATE TABLE t (key int PRIMARY KEY, day timestamptz);
      INSERT INTO t SELECT i, (timestamp '${first}' + i * interval '7 minutes') AT TIME ZONE 'UTC'
      FROM generate_series(-400, 1200) AS i; CREATE INDEX ON t (day)`);
    const expected =
      await bench.sql(`SELECT (day AT TIME ZONE '${timeZone}')::date::text AS day, count(*)::int AS count
      FROM t GROUP BY 1 ORDER BY 1`);
    const session = await bench.open({ timeZone });
    const { days } = await session.census();
    expect([...days].map(([day, { count }]) => ({ day, count }))).toEqual(expected);
    expect((await session.retention()).oldestDay).toBe(expected[0]?.['day']);
    for (const [day, counted] of days) {
      expect((await session.census([day])).days.get(day)).toEqual(counted);
      const versions = (await readFingerprints(session, day)).map(([, version]) => version);
      expect(versions).toHaveLength(counted.count);
      expect(String(versions.reduce((sum, version) => sum + version, 0n))).toBe(counted.digest);
    }
  });

  it('is, for a timestamp, the date in the source zone of the instant that was written in another', async () => {
    await bench.sql(`DROP TABLE IF EXISTS t; CREATE TABLE t (key text, day timestamp);
      INSERT INTO t VALUES ('a', '2026-03-01 23:30'), ('b', '2026-03-01 22:30'), ('c', '2026-03-29 00:30')`);
    const day = { column: 'day', timeZone: 'UTC' };
    const session = await bench.open({ day });
    expect(Object.keys(censusObject(await session.census()))).toEqual([
      '2026-03-01',
      '2026-03-02',
      '2026-03-29',
    ]);
    expect((await readFingerprints(session, '2026-03-02')).map(([key]) => key)).toEqual(['a']);
    const other = await bench.open({ day: { column: 'day', timeZone: 'Europe/Rome' } });
    expect(Object.keys(censusObject(await other.census()))).toEqual(['2026-03-01', '2026-03-29']);
  });

  it.each([
    ['date', undefined],
    ['timestamptz', undefined],
    ['timestamp', 'Europe/Rome'],
  ])('is unreadable in a %s that stands on no day', async (type, timeZone) => {
    await bench.sql(`DROP TABLE IF EXISTS t; CREATE TABLE t (key int, day ${type});
      INSERT INTO t VALUES (1, NULL), (2, 'infinity'), (3, '-infinity'), (4, '0044-03-15 BC'), (5, '10000-01-02'),
        (6, '12000-01-01'), (7, '0001-06-01'), (8, '9999-12-30'), (9, '0001-12-30 BC'), (10, NULL)`);
    const session = await bench.open({
      day: { column: 'day', ...(timeZone === undefined ? {} : { timeZone }) },
    });
    const census = await session.census();
    expect([...census.days.keys()]).toEqual(['0001-06-01', '9999-12-30']);
    expect(census.unreadable.count).toBe(8);
    expect([...census.unreadable.reasons].sort()).toEqual([
      '-infinity',
      'NULL',
      'after 9999-12-31',
      'before 0001-01-01',
      'infinity',
    ]);
    expect((await session.census(['0001-06-01'])).unreadable).toEqual({ count: 0, reasons: [] });
    expect((await session.retention()).oldestDay).toBe('0001-06-01');
    await session.close();
  });

  it('has the calendar ends in the zone, not in UTC', async () => {
    await bench.sql(`DROP TABLE IF EXISTS t; CREATE TABLE t (key int, day timestamptz);
      INSERT INTO t VALUES (1, '0001-01-01 00:00:00+00'), (2, '10000-01-01 00:00:00+00'),
        (3, '0001-12-31 12:30:00+00 BC'), (4, '0001-12-31 09:00:00+00 BC'), (5, '10000-01-01 11:00:00+00')`);
    const east = await (await bench.open({ timeZone: 'Etc/GMT-12' })).census();
    expect([[...east.days.keys()], east.unreadable]).toEqual([
      ['0001-01-01'],
      { count: 3, reasons: ['before 0001-01-01', 'after 9999-12-31'] },
    ]);
    expect(east.days.get('0001-01-01')?.count).toBe(2);
    const west = await (await bench.open({ timeZone: 'Etc/GMT+12' })).census();
    expect([...west.days.keys()]).toEqual(['9999-12-31']);
    expect([west.days.get('9999-12-31')?.count, west.unreadable.count]).toEqual([2, 3]);
  });

  it('may come from a domain, and may be part of the key', async () => {
    await bench.sql(`DROP TABLE IF EXISTS t; CREATE DOMAIN stamp AS timestamptz; CREATE DOMAIN later AS stamp;
      CREATE TABLE t (key text, day later); INSERT INTO t VALUES ('a', '2026-02-28 23:30+00')`);
    const session = await bench.open({ key: ['day', 'key'] });
    expect(session.description.columns).toEqual([
      { name: 'key', type: 'text', role: 'key' },
      { name: 'day', type: 'public.later', role: 'key' },
    ]);
    expect(await readCopyRows(session.elements('2026-03-01'))).toEqual([
      ['2026-03-01', '["2026-02-28 23:30:00+00", "a"]', 'a', '2026-02-28 23:30:00+00'],
    ]);
    await session.close();
  });

  it('is refused by name where it cannot be told', async () => {
    await bench.sql(`DROP TABLE IF EXISTS t;
      CREATE TABLE t (key text, day date, at timestamptz, local timestamp, clock time, word text)`);
    const refusals = [
      [{ day: { column: 'word' } }, 'SOURCE_DAY_TYPE_UNSUPPORTED', 'connector.day.column'],
      [{ day: { column: 'clock' } }, 'SOURCE_DAY_TYPE_UNSUPPORTED', 'connector.day.column'],
      [{ day: { column: 'nothing' } }, 'SOURCE_COLUMN_UNKNOWN', 'connector.day.column'],
      [{ day: { column: 'ctid' } }, 'SOURCE_COLUMN_UNKNOWN', 'connector.day.column'],
      [{ day: { column: 'local' } }, 'SOURCE_DAY_TIME_ZONE', 'connector.day.timeZone'],
      [{ day: { column: 'at', timeZone: 'UTC' } }, 'SOURCE_DAY_TIME_ZONE', 'connector.day.timeZone'],
      [{ day: { column: 'day', timeZone: 'UTC' } }, 'SOURCE_DAY_TIME_ZONE', 'connector.day.timeZone'],
      [
        { day: { column: 'local', timeZone: 'Mars/Base' } },
        'SOURCE_TIME_ZONE_UNKNOWN',
        'connector.day.timeZone',
      ],
      [{ timeZone: 'CEST' }, 'SOURCE_TIME_ZONE_UNKNOWN', 'timeZone'],
      [{ timeZone: 'ABC5' }, 'SOURCE_TIME_ZONE_UNKNOWN', 'timeZone'],
      [{ timeZone: "UTC' OR true --" }, 'SOURCE_TIME_ZONE_UNKNOWN', 'timeZone'],
    ] as const;
    for (const [settings, code, path] of refusals) {
      expect(await faultOf(bench.open(settings))).toMatchObject({ code, path, retryable: false });
    }
  });
});
