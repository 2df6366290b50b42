import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldCounts, saysTheSame, sizeOf, supersedes, totalOf, type DayCount, type DayCounts } from '.';

const count = (over: Partial<DayCount> = {}): DayCount => ({
  day: '2026-11-20',
  revision: 1,
  at: '2026-11-23T02:00:00Z',
  sealed: false,
  elements: 10,
  new: 1,
  changed: 0,
  deleted: 0,
  ...over,
});

describe('of two counts of a day', () => {
  it.each<{ over: Partial<DayCount>; wins: boolean; why: string }>([
    {
      why: 'a higher revision, though counted earlier',
      over: { revision: 2, at: '2020-01-01T00:00:00Z' },
      wins: true,
    },
    {
      why: 'a lower revision, though counted later',
      over: { revision: 0, at: '2030-01-01T00:00:00Z' },
      wins: false,
    },
    { why: 'later', over: { at: '2026-11-23T02:00:00.000001Z' }, wins: true },
    { why: 'earlier', over: { at: '2026-11-23T01:59:59.999999Z' }, wins: false },
    { why: 'the same pair', over: { new: 9 }, wins: false },
    { why: 'the same instant in other words', over: { at: '2026-11-23T02:00:00.000Z', new: 9 }, wins: false },
  ])('$why: $wins', ({ over, wins }) => {
    expect(supersedes(count(over), count())).toBe(wins);
  });

  it('the first ever wins', () => {
    expect(supersedes(count(), undefined)).toBe(true);
  });
});

describe('a poll says the same', () => {
  it.each<{ over: Partial<DayCount>; same: boolean }>([
    { over: {}, same: true },
    { over: { at: '2026-11-24T02:00:00Z' }, same: true },
    { over: { new: 2 }, same: false },
    { over: { changed: 1 }, same: false },
    { over: { deleted: 1 }, same: false },
    { over: { revision: 2 }, same: false },
    { over: { elements: 11 }, same: false },
    { over: { sealed: true }, same: false },
  ])('$over: $same', ({ over, same }) => {
    expect(saysTheSame(count(over), count())).toBe(same);
    expect(saysTheSame(count(over), undefined)).toBe(false);
  });
});

describe('the total', () => {
  it('adds up the days of one seal state that differ, ascending', () => {
    const counts: DayCounts = new Map(
      [
        count({ day: '2026-11-20', new: 1, deleted: 2 }),
        count({ day: '2026-11-18', new: 0, changed: 4 }),
        count({ day: '2026-11-19', new: 0 }),
        count({ day: '2026-11-17', sealed: true }),
      ].map((each) => [each.day, each]),
    );
    expect(totalOf(counts, { sealed: false })).toEqual({
      total: 7,
      new: 1,
      changed: 4,
      deleted: 2,
      days: [
        { day: '2026-11-18', new: 0, changed: 4, deleted: 0 },
        { day: '2026-11-20', new: 1, changed: 0, deleted: 2 },
      ],
    });
    expect(totalOf(counts, { sealed: true }).total).toBe(1);
    expect(totalOf(new Map(), { sealed: true })).toEqual({
      total: 0,
      new: 0,
      changed: 0,
      deleted: 0,
      days: [],
    });
  });
});

/** What is counted follows from day, revision and instant, as it does at a source. */
const any: fc.Arbitrary<DayCount> = fc
  .record({ day: fc.constantFrom('2026-11-19', '2026-11-20'), revision: fc.nat(3), second: fc.nat(9) })
  .map(({ day, revision, second }) =>
    count({ day, revision, at: `2026-11-23T02:00:0${String(second)}Z`, new: revision * 10 + second }),
  );
const many = fc.array(any, { maxLength: 15 });
const sorted = (counts: DayCounts): unknown => [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
const nothing: DayCounts = new Map();

describe('folding counts', () => {
  it('is commutative, whatever the order in the log', () => {
    fc.assert(
      fc.property(many, many, (a, b) => {
        const one = foldCounts(foldCounts(nothing, a), b);
        expect(sorted(foldCounts(foldCounts(nothing, b), a))).toEqual(sorted(one));
        expect(sorted(foldCounts(nothing, [...b, ...a].reverse()))).toEqual(sorted(one));
      }),
    );
  });

  it('is idempotent, and leaves what it was given as it is', () => {
    fc.assert(
      fc.property(many, many, (a, b) => {
        const known = foldCounts(nothing, a);
        const before = sorted(known);
        const once = foldCounts(known, b);
        expect(sorted(foldCounts(once, b))).toEqual(sorted(once));
        expect(sorted(known)).toEqual(before);
      }),
    );
  });

  it('keeps the highest pair of each day, and loses no day', () => {
    fc.assert(
      fc.property(many, (counts) => {
        const folded = foldCounts(nothing, counts);
        for (const each of counts) {
          const kept = folded.get(each.day)!;
          expect(supersedes(each, kept)).toBe(false);
          expect(counts).toContain(kept);
        }
        const total = totalOf(folded, { sealed: false });
        expect(total.total).toBe([...folded.values()].reduce((sum, each) => sum + sizeOf(each), 0));
      }),
    );
  });
});
