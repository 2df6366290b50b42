import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkDay, dayAfter, rangesOf } from './calendar-day';
import { openBench } from './database.fixture';
import type { Bench } from './database.fixture';
import { dayDateSql, onDaysSql } from './day-sql';
import type { DayColumn } from './day-sql';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.sql(`SET TimeZone = 'UTC'`);
});
afterAll(() => bench.dispose());

/**
 * Clock changes that break what looks right: midnights that do not exist or exist twice, changes a minute after midnight,
 * days left out and days that came twice, half hours, and zones that changed their standard time.
 */
const CHANGES: readonly (readonly [zone: string, day: string])[] = [
  ['Europe/Rome', '2026-03-29'],
  ['Europe/Rome', '2026-10-25'],
  ['Europe/Dublin', '1971-10-31'],
  ['America/Sao_Paulo', '2018-11-04'],
  ['America/Sao_Paulo', '2018-02-18'],
  ['America/Havana', '2026-11-01'],
  ['Africa/Cairo', '2024-04-26'],
  ['Africa/Cairo', '2024-11-01'],
  ['Asia/Beirut', '2022-03-27'],
  ['Asia/Amman', '2021-10-29'],
  ['Asia/Tehran', '2022-03-22'],
  ['America/St_Johns', '2006-10-29'],
  ['America/St_Johns', '1988-04-03'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Antarctica/Troll', '2026-03-29'],
  ['Pacific/Apia', '2011-12-29'],
  ['Pacific/Apia', '2011-12-30'],
  ['Pacific/Apia', '2011-12-31'],
  ['Pacific/Kwajalein', '1969-09-30'],
  ['Pacific/Kwajalein', '1993-08-21'],
  ['America/Juneau', '1867-10-18'],
  ['Asia/Manila', '1844-12-31'],
  ['Africa/Monrovia', '1972-01-07'],
  ['Europe/Amsterdam', '1937-07-01'],
  ['Pacific/Kiritimati', '1995-01-01'],
  ['Asia/Pyongyang', '2015-08-15'],
];

/** How many instants around a day the condition and the date in the zone judge differently; every 10 minutes, to the second. */
const disagreements = async (day: Omit<DayColumn, 'column'>, asked: readonly string[]): Promise<number> => {
  const first = asked[0] ?? '';
  const column: DayColumn = { ...day, column: 'c' };
  const zone = day.kind === 'timestamp' ? `c AT TIME ZONE '${day.writtenIn}'` : 'c';
  const [row] = await bench.sql(`
    SELECT count(*) FILTER (WHERE (${onDaysSql(column, asked)}) IS DISTINCT FROM
      ((${zone}) AT TIME ZONE '${day.timeZone}')::date = ANY('{${asked.join(',')}}'::date[]))::text AS wrong
    FROM (SELECT (timestamp '${first}' + i * interval '10 minutes' + k * interval '1 second')
        ${day.kind === 'timestamptz' ? `AT TIME ZONE 'UTC'` : ''} AS c
      FROM generate_series(-432, 576) AS i, (VALUES (0), (-1)) AS v (k)) AS instants`);
  return Number(row?.['wrong']);
};

describe('the condition for a day', () => {
  it.each(CHANGES)('holds for exactly the instants whose date in %s is %s', async (timeZone, day) => {
    const next = dayAfter(day) ?? '';
    for (const asked of [[day], [next], [day, next]]) {
      expect(await disagreements({ kind: 'timestamptz', timeZone, writtenIn: '' }, asked)).toBe(0);
    }
  });

  it.each(CHANGES)('holds for timestamps written in %s around %s too', async (zone, day) => {
    for (const [writtenIn, timeZone] of [
      [zone, zone],
      [zone, 'Europe/Rome'],
      ['UTC', zone],
    ] as const) {
      expect(await disagreements({ kind: 'timestamp', timeZone, writtenIn }, [day])).toBe(0);
    }
  });

  it('holds for any zone that the server knows, on any day', async () => {
    const zones = (
      await bench.sql(`SELECT name FROM pg_timezone_names WHERE name <> 'Factory' ORDER BY name`)
    ).map((row) => row['name'] ?? '');
    const date = fc
      .date({ min: new Date('1860-01-01'), max: new Date('2060-01-01'), noInvalidDate: true })
      .map((at) => at.toISOString().slice(0, 10));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...zones),
        fc.constantFrom(...zones),
        date,
        async (timeZone, writtenIn, day) => {
          expect(await disagreements({ kind: 'timestamptz', timeZone, writtenIn: '' }, [day])).toBe(0);
          expect(await disagreements({ kind: 'timestamp', timeZone, writtenIn }, [day])).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is exact at both ends of the calendar', async () => {
    for (const timeZone of ['Europe/Rome', 'Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
      for (const day of ['0001-01-01', '9999-12-31']) {
        expect(await disagreements({ kind: 'timestamptz', timeZone, writtenIn: '' }, [day])).toBe(0);
      }
    }
  });

  it('is served by an index on the column', async () => {
    await bench.sql(`CREATE TABLE indexed (at timestamptz, local timestamp, day date);
      INSERT INTO indexed SELECT c, c, c FROM generate_series(timestamp '2026-01-01', '2027-01-01', '5 minutes') AS c;
      CREATE INDEX ON indexed (at); CREATE INDEX ON indexed (local); CREATE INDEX ON indexed (day); ANALYZE indexed`);
    const zones = { timeZone: 'Europe/Rome', writtenIn: 'Europe/Rome' };
    for (const [kind, column] of [
      ['timestamptz', 'at'],
      ['timestamp', 'local'],
      ['date', 'day'],
    ] as const) {
      for (const days of [['2026-03-29'], ['2026-03-28', '2026-03-29', '2026-06-01']]) {
        const plan = await bench.sql(
          `EXPLAIN SELECT 1 FROM indexed WHERE ${onDaysSql({ kind, column, ...zones }, days)}`,
        );
        const text = plan.map((row) => row['QUERY PLAN']).join('\n');
        expect(text).toContain(`indexed_${column}_idx`);
        expect(text).not.toContain('Seq Scan');
      }
    }
  });

  it('turns no value that would overflow', async () => {
    const day: DayColumn = {
      kind: 'timestamptz',
      column: 'c',
      timeZone: 'Pacific/Kiritimati',
      writtenIn: '',
    };
    const rows = await bench.sql(`SELECT (${dayDateSql(day)})::text AS day FROM (VALUES
      (timestamptz '294276-12-31 23:59:59+00'), ('4713-01-01 00:00:00+00 BC'), ('infinity'), ('-infinity'), (NULL)) AS v (c)`);
    expect(rows.map((row) => row['day'])).toEqual([null, null, null, null, null]);
  });
});

describe('days of the calendar', () => {
  it('are those that PostgreSQL knows', async () => {
    for (const day of ['2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31', '2026-12-31']) {
      expect(checkDay(day)).toBe(day);
    }
    for (const day of [
      '2026-02-29',
      '1900-02-29',
      '0000-01-01',
      '2026-13-01',
      '2026-00-10',
      '2026-01-00',
      '2026-04-31',
      '',
      'x',
    ]) {
      expect(() => checkDay(day)).toThrow('is not a day');
    }
    const [row] = await bench.sql(`SELECT array_to_json(array_agg(d::date::text))::text AS days
      FROM generate_series(timestamp '1896-01-01', '1908-01-01', '1 day') AS d`);
    const days = JSON.parse(row?.['days'] ?? '[]') as string[];
    expect(days.slice(0, -1).map((day) => dayAfter(checkDay(day)))).toEqual(days.slice(1));
    expect(rangesOf([...days, ...days].reverse())).toEqual([{ first: '1896-01-01', last: '1908-01-01' }]);
    expect(dayAfter('9999-12-31')).toBeNull();
  });
});
