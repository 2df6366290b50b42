import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { deletionsAllowed, isBefore, outsideOf, type RetentionFacts } from '.';

const facts = (over: Partial<RetentionFacts>): RetentionFacts => ({
  at: '2026-11-23T12:00:00Z',
  sourceZone: 'Europe/Rome',
  cleanerZone: 'Europe/Rome',
  retentionDays: 7,
  oldestDay: '2026-11-01',
  oldestDayShrinks: false,
  ...over,
});

describe('outside', () => {
  it.each<{ why: string; over: Partial<RetentionFacts>; before: string | null; deletions?: string }>([
    { why: 'today and the seven days before are kept', over: {}, before: '2026-11-16' },
    { why: 'nothing but today', over: { retentionDays: 0 }, before: '2026-11-23' },
    {
      why: 'a second before midnight at the source',
      over: { at: '2026-11-23T22:59:59Z' },
      before: '2026-11-16',
    },
    { why: 'at midnight', over: { at: '2026-11-23T23:00:00Z' }, before: '2026-11-17' },
    {
      why: 'the cleaner is a date ahead',
      over: { cleanerZone: 'Pacific/Kiritimati' },
      before: '2026-11-17',
    },
    {
      why: 'the cleaner is a date behind: the later date holds',
      over: { at: '2026-11-23T00:30:00Z', cleanerZone: 'America/New_York' },
      before: '2026-11-16',
    },
    {
      why: 'the source is a date behind: the later date holds',
      over: { at: '2026-11-23T00:30:00Z', sourceZone: 'America/New_York', cleanerZone: 'Europe/Rome' },
      before: '2026-11-16',
    },
    { why: 'known retention does not look at the census', over: { oldestDay: null }, before: '2026-11-16' },
    { why: 'unknown: what lies before the census', over: { retentionDays: null }, before: '2026-11-01' },
    {
      why: 'unknown and the oldest day shrinks: it counts for deletions',
      over: { retentionDays: null, oldestDayShrinks: true },
      before: '2026-11-01',
      deletions: '2026-11-02',
    },
    {
      why: 'unknown and an empty census: nothing',
      over: { retentionDays: null, oldestDay: null, oldestDayShrinks: true },
      before: null,
    },
  ])('$why', ({ over, before, deletions }) => {
    expect(outsideOf(facts(over))).toEqual({ before, deletionsBefore: deletions ?? before });
  });

  it('is what lies before, never the day itself', () => {
    expect(isBefore('2026-11-15', '2026-11-16')).toBe(true);
    expect(isBefore('2026-11-16', '2026-11-16')).toBe(false);
    expect(isBefore('0001-01-01', null)).toBe(false);
  });

  it('only grows while time passes', () => {
    const second = fc.integer({ min: 0, max: 10 * 86_400 });
    const zone = fc.constantFrom('Europe/Rome', 'Pacific/Kiritimati', 'America/New_York', 'America/Santiago');
    fc.assert(
      fc.property(second, second, zone, zone, (a, b, sourceZone, cleanerZone) => {
        const at = (seconds: number): string => new Date(Date.UTC(2026, 8, 1) + seconds * 1000).toISOString();
        const before = (seconds: number): string =>
          outsideOf(facts({ at: at(seconds), sourceZone, cleanerZone })).before ?? '';
        expect(before(Math.min(a, b)) <= before(Math.max(a, b))).toBe(true);
      }),
    );
  });
});

describe('the guard of a day', () => {
  it.each([
    { ours: 10, deleted: 0, sourceCount: 0, allowed: true, why: 'nothing to delete' },
    { ours: 10, deleted: 10, sourceCount: 0, allowed: false, why: 'a whole day turning empty' },
    { ours: 1, deleted: 1, sourceCount: 0, allowed: false, why: 'the only element' },
    { ours: 10, deleted: 9, sourceCount: 1, allowed: true, why: 'below fifty' },
    { ours: 60, deleted: 50, sourceCount: 10, allowed: true, why: 'fifty' },
    { ours: 60, deleted: 51, sourceCount: 9, allowed: false, why: 'one more' },
    { ours: 1_000, deleted: 100, sourceCount: 900, allowed: true, why: 'a tenth' },
    { ours: 1_009, deleted: 101, sourceCount: 908, allowed: false, why: 'more than a tenth' },
  ])('$why: $allowed', ({ allowed, ours, deleted, sourceCount }) => {
    expect(deletionsAllowed({ ours, deleted, sourceCount })).toBe(allowed);
  });
});
