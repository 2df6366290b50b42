import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayStateOf, type DayFacts, type DayState } from '.';

const copied = { sealed: true, elements: 10, kept: 0 };
const facts = (over: Partial<DayFacts>): DayFacts => ({
  day: '2026-11-20',
  today: '2026-11-23',
  knownFrom: '2026-11-01',
  askedThrough: '2026-11-23',
  running: false,
  failed: false,
  summary: null,
  differing: 0,
  ...over,
});

describe('the colour of a day', () => {
  it.each<{ over: Partial<DayFacts>; state: DayState; why: string }>([
    {
      why: 'a run works on it',
      over: { running: true, failed: true, summary: copied, differing: 1 },
      state: 'running',
    },
    { why: 'ours is the only copy', over: { summary: { ...copied, kept: 1 } }, state: 'archived' },
    {
      why: 'ours is the only copy, and a run failed at it',
      over: { summary: { ...copied, kept: 1 }, failed: true, differing: 3 },
      state: 'archived',
    },
    { why: 'the last run could not', over: { summary: copied, failed: true, differing: 3 }, state: 'failed' },
    { why: 'the first run could not', over: { failed: true, differing: 3 }, state: 'failed' },
    { why: 'late data', over: { summary: copied, differing: 3 }, state: 'held' },
    { why: 'waits', over: { summary: { ...copied, sealed: false }, differing: 3 }, state: 'pending' },
    { why: 'sealed and equal', over: { summary: copied }, state: 'synchronized' },
    { why: 'open and equal', over: { summary: { ...copied, sealed: false } }, state: 'synchronized' },
    { why: 'sealed with nothing in it', over: { summary: { ...copied, elements: 0 } }, state: 'empty' },
    {
      why: 'late data on an empty day',
      over: { summary: { ...copied, elements: 0 }, differing: 1 },
      state: 'held',
    },
    { why: 'never copied, has elements', over: { differing: 10 }, state: 'unsynchronized' },
    { why: 'to come, has elements', over: { day: '2026-11-24', differing: 1 }, state: 'unsynchronized' },
    { why: 'to come', over: { day: '2026-11-24' }, state: 'future' },
    { why: 'today, asked, nothing', over: { day: '2026-11-23' }, state: 'empty' },
    { why: 'asked, nothing', over: {}, state: 'empty' },
    { why: 'the first day known', over: { day: '2026-11-01' }, state: 'empty' },
    { why: 'before the first day known', over: { day: '2026-10-31' }, state: 'unknown' },
    { why: 'not asked since', over: { askedThrough: '2026-11-19' }, state: 'unknown' },
    { why: 'never asked', over: { askedThrough: null }, state: 'unknown' },
    { why: 'nothing was ever there', over: { knownFrom: null }, state: 'unknown' },
    {
      why: 'four hundred days ago',
      over: { day: '2025-10-19', knownFrom: '2020-01-01' },
      state: 'empty',
    },
    {
      why: 'longer ago',
      over: { day: '2025-10-18', knownFrom: '2020-01-01' },
      state: 'unknown',
    },
    {
      why: 'longer ago, but copied',
      over: { day: '2020-10-18', knownFrom: '2020-01-01', summary: copied },
      state: 'synchronized',
    },
  ])('$why: $state', ({ over, state }) => {
    expect(dayStateOf(facts(over))).toBe(state);
  });

  const day = fc.constantFrom(
    '2024-01-01',
    '2026-10-31',
    '2026-11-01',
    '2026-11-20',
    '2026-11-23',
    '2026-11-24',
  );
  const any: fc.Arbitrary<DayFacts> = fc.record({
    day,
    today: fc.constant('2026-11-23'),
    knownFrom: fc.option(day),
    askedThrough: fc.option(day),
    running: fc.boolean(),
    failed: fc.boolean(),
    summary: fc.option(fc.record({ sealed: fc.boolean(), elements: fc.nat(2), kept: fc.nat(1) })),
    differing: fc.nat(2),
  });

  it('claims synchronized or empty only where nothing differs and nothing failed', () => {
    fc.assert(
      fc.property(any, (each) => {
        const state = dayStateOf(each);
        if (state !== 'synchronized' && state !== 'empty') return;
        expect([each.differing, each.failed, each.running]).toEqual([0, false, false]);
        if (state === 'synchronized') expect(each.summary?.elements).toBeGreaterThan(0);
        else
          expect(each.summary !== null || (each.knownFrom !== null && each.knownFrom <= each.day)).toBe(true);
      }),
    );
  });
});
