import { describe, expect, it } from '@jest/globals';
import type { DayCount } from '@daymark/domain/counts';
import type { PlannedDay } from '@daymark/domain/run-plan';
import { failedDays, leftOver, reportsOf, type GivenUp } from './day-reports';

const LIMIT = 900 * 1024;
const days = Array.from({ length: 12_000 }, (_, i) =>
  new Date(Date.UTC(1990, 0, 1 + i)).toISOString().slice(0, 10),
);
const at = '2026-03-10T12:00:00.000001Z';

function planned(day: string): PlannedDay {
  const summary = { revision: 1, sealed: true, sourceCount: 1, sourceDigest: '1', run: 'before' };
  return { day, census: { count: 1, digest: '1' }, summary, differs: false, closed: true, action: 'leave' };
}

function count(day: string, differing: number): DayCount {
  return { day, revision: 1, at, sealed: true, elements: 1, new: differing, changed: 0, deleted: 0 };
}

describe('the end of a run over thousands of days', () => {
  it('fits into one event, and tells first what somebody would act on', () => {
    const last = days.at(-1)!;
    const problem = { code: 'DAY_SHRANK', detail: 'It shrank.' };
    const givenUp = new Map<string, GivenUp>([[last, { tries: 1, final: true, problem }]]);
    const counts = days.map((day, i) => count(day, i === 11_990 ? 3 : 0));
    const reports = reportsOf({ plan: days.map(planned), givenUp, previews: new Map(), counts });
    const known = new Map(days.map((day) => [day, count(day, 1)]));
    const left = leftOver(counts, { run: 'now', summaries: new Map(), known });
    expect(Buffer.byteLength(JSON.stringify({ days: reports, counts: left }))).toBeLessThan(LIMIT);
    expect(reports.at(-1)).toMatchObject({ day: last, outcome: 'failed', problem });
    expect(reports.at(-2)).toMatchObject({ day: days[11_990], outcome: 'held' });
    expect(reports.map(({ day }) => day)).toEqual(reports.map(({ day }) => day).sort());
    expect(left[0]).toMatchObject({ day: days[11_990], new: 3 });
    expect(failedDays(givenUp)).toHaveLength(1);
  });

  it('says of a day that differed before and does not any more, but not of what the run committed', () => {
    const known = new Map([
      ['2026-03-01', count('2026-03-01', 4)],
      ['2026-03-02', count('2026-03-02', 4)],
    ]);
    const left = leftOver([count('2026-03-01', 0), count('2026-03-02', 0), count('2026-03-03', 0)], {
      run: 'now',
      summaries: new Map(),
      known,
    });
    expect(left.map(({ day }) => day)).toEqual(['2026-03-01', '2026-03-02']);
  });
});
