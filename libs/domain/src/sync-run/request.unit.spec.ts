import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { requestOf } from '../../test/runs';
import { covers, periodOf, sameWork, type Asked, type Period, type RunRequest } from './request';

/** In Rome it is the 23rd already, in UTC still the 22nd. */
const clock = { at: '2026-11-22T23:30:00Z', zone: 'Europe/Rome' };
const asked = (over: Partial<Asked>): Asked => ({
  type: 'incremental',
  resync: false,
  dryRun: false,
  ...over,
});

describe('the period of a run', () => {
  it.each<{ over: Partial<Asked>; period: Period | null }>([
    { over: { type: 'incremental' }, period: null },
    { over: { type: 'incremental', dryRun: true }, period: null },
    { over: { type: 'day', day: '2026-11-23' }, period: { from: '2026-11-23', to: '2026-11-23' } },
    { over: { type: 'day', day: '0001-01-01' }, period: { from: '0001-01-01', to: '0001-01-01' } },
    {
      over: { type: 'day', day: '2024-02-29', resync: true },
      period: { from: '2024-02-29', to: '2024-02-29' },
    },
    {
      over: { type: 'range', from: '2026-11-01', to: '2026-11-23' },
      period: { from: '2026-11-01', to: '2026-11-23' },
    },
    {
      over: { type: 'range', from: '2026-11-02', to: '2026-11-02' },
      period: { from: '2026-11-02', to: '2026-11-02' },
    },
    { over: { type: 'month', month: '2026-10' }, period: { from: '2026-10-01', to: '2026-10-31' } },
    { over: { type: 'month', month: '2026-11' }, period: { from: '2026-11-01', to: '2026-11-23' } },
    { over: { type: 'month', month: '2024-02' }, period: { from: '2024-02-01', to: '2024-02-29' } },
  ])('$over: $period', ({ over, period }) => {
    expect(periodOf(asked(over), clock)).toEqual({ period });
  });

  it.each<{ over: Partial<Asked>; code: string; path: string }>([
    { over: { resync: true }, code: 'RUN_RESYNC_NEEDS_DAYS', path: 'resync' },
    { over: { day: '2026-11-01' }, code: 'RUN_FIELD_MISPLACED', path: 'day' },
    { over: { month: '2026-11' }, code: 'RUN_FIELD_MISPLACED', path: 'month' },
    {
      over: { type: 'day', day: '2026-11-01', from: '2026-11-01' },
      code: 'RUN_FIELD_MISPLACED',
      path: 'from',
    },
    { over: { type: 'day', month: '2026-11' }, code: 'RUN_FIELD_MISPLACED', path: 'month' },
    { over: { type: 'range', day: '2026-11-01' }, code: 'RUN_FIELD_MISPLACED', path: 'day' },
    { over: { type: 'month', month: '2026-11', to: '2026-11-02' }, code: 'RUN_FIELD_MISPLACED', path: 'to' },
    { over: { type: 'day' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '2026-02-30' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '2023-02-29' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '2026-11-1' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '0000-12-31' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '10000-01-01' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '2026-11-01T00:00:00Z' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '2026-11-01\n' }, code: 'DAY_INVALID', path: 'day' },
    { over: { type: 'day', day: '2026-11-24' }, code: 'RUN_DAY_IN_FUTURE', path: 'day' },
    { over: { type: 'range', from: '2026-11-01' }, code: 'DAY_INVALID', path: 'to' },
    { over: { type: 'range', to: '2026-11-01' }, code: 'DAY_INVALID', path: 'from' },
    { over: { type: 'range', from: 'x', to: '2026-11-01' }, code: 'DAY_INVALID', path: 'from' },
    {
      over: { type: 'range', from: '2026-11-02', to: '2026-11-01' },
      code: 'RUN_RANGE_INVERTED',
      path: 'from',
    },
    { over: { type: 'range', from: '2026-11-01', to: '2026-11-24' }, code: 'RUN_DAY_IN_FUTURE', path: 'to' },
    { over: { type: 'month' }, code: 'MONTH_INVALID', path: 'month' },
    { over: { type: 'month', month: '2026-13' }, code: 'MONTH_INVALID', path: 'month' },
    { over: { type: 'month', month: '2026-00' }, code: 'MONTH_INVALID', path: 'month' },
    { over: { type: 'month', month: '0000-01' }, code: 'MONTH_INVALID', path: 'month' },
    { over: { type: 'month', month: '2026-1' }, code: 'MONTH_INVALID', path: 'month' },
    { over: { type: 'month', month: '2026-12' }, code: 'RUN_DAY_IN_FUTURE', path: 'month' },
  ])('$over is refused: $code at $path', ({ over, code, path }) => {
    expect(periodOf(asked(over), clock)).toMatchObject({ kind: 'rejected', code, path });
  });

  it("knows today by the source's zone, on both sides of midnight", () => {
    const tomorrow = asked({ type: 'day', day: '2026-11-23' });
    expect(periodOf(tomorrow, { ...clock, zone: 'UTC' })).toMatchObject({ code: 'RUN_DAY_IN_FUTURE' });
    expect(periodOf(tomorrow, { ...clock, zone: 'America/New_York' })).toMatchObject({ kind: 'rejected' });
    expect(periodOf(tomorrow, { ...clock, zone: 'Pacific/Kiritimati' })).toHaveProperty('period');
  });
});

const week: Period = { from: '2026-11-09', to: '2026-11-15' };
const day = (of: string): Partial<RunRequest> => ({ type: 'day', period: { from: of, to: of } });
const range = (period: Period): Partial<RunRequest> => ({ type: 'range', period });

describe('a run covers a request', () => {
  it.each<{ run: Partial<RunRequest>; next: Partial<RunRequest>; is: boolean; why: string }>([
    { why: 'the same', run: {}, next: {}, is: true },
    { why: 'every unsealed day holds the day', run: {}, next: day('2026-11-09'), is: true },
    { why: 'a day is not every day', run: day('2026-11-09'), next: {}, is: false },
    { why: 'first day inside', run: range(week), next: day('2026-11-09'), is: true },
    { why: 'last day inside', run: range(week), next: day('2026-11-15'), is: true },
    { why: 'the day before', run: range(week), next: day('2026-11-08'), is: false },
    { why: 'the day after', run: range(week), next: day('2026-11-16'), is: false },
    {
      why: 'overlapping',
      run: range(week),
      next: range({ from: '2026-11-15', to: '2026-11-16' }),
      is: false,
    },
    { why: 'the same days, another name', run: range(week), next: { type: 'month', period: week }, is: true },
    { why: 'resync asked for', run: {}, next: { ...day('2026-11-09'), resync: true }, is: false },
    { why: 'resync running', run: { ...range(week), resync: true }, next: day('2026-11-09'), is: false },
    {
      why: 'both resync',
      run: { ...range(week), resync: true },
      next: { ...day('2026-11-09'), resync: true },
      is: true,
    },
    { why: 'dry asked for', run: {}, next: { dryRun: true }, is: false },
    { why: 'dry running', run: { dryRun: true }, next: {}, is: false },
  ])('$why: $is', ({ run, next, is }) => {
    expect(covers(requestOf(run), requestOf(next))).toBe(is);
  });

  it('is reflexive and transitive, and the same work is what covers both ways', () => {
    const period = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 4 }))
      .map(([from, more]): Period => ({
        from: `2026-11-0${String(from)}`,
        to: `2026-11-0${String(from + more)}`,
      }));
    const request = fc
      .record({ period: fc.option(period), resync: fc.boolean(), dryRun: fc.boolean() })
      .map((over) => requestOf({ ...over, type: over.period === null ? 'incremental' : 'range' }));
    fc.assert(
      fc.property(request, request, request, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
        expect(sameWork(a, b)).toBe(sameWork(b, a));
        if (sameWork(a, b)) expect(a.period).toEqual(b.period);
      }),
    );
  });
});
