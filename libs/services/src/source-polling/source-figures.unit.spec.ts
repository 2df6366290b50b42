import { describe, expect, it } from '@jest/globals';
import type { DayCount, Difference } from '@daymark/domain/counts';
import { figuresOf } from './source-figures';

function counted(day: string, sealed: boolean, differs: Partial<Difference> = {}): [string, DayCount] {
  const none = { new: 0, changed: 0, deleted: 0 };
  return [day, { day, revision: 1, at: '2026-11-20T12:00:00Z', sealed, elements: 9, ...none, ...differs }];
}

describe('the figures of a source', () => {
  it('are nothing where nothing is known or nothing differs', () => {
    const nothing = { new: 0, changed: 0, deleted: 0, oldest: null };
    expect(figuresOf(new Map())).toEqual({ pending: nothing, held: nothing });
    expect(figuresOf(new Map([counted('2026-11-01', true), counted('2026-11-02', false)]))).toEqual({
      pending: nothing,
      held: nothing,
    });
  });

  it('add up what is pending and what is held, each with its oldest day, in any order of days', () => {
    const days = [
      counted('2026-11-19', false, { new: 3 }),
      counted('2026-11-02', true, { deleted: 1 }),
      counted('2026-11-17', false, { new: 1, changed: 2, deleted: 4 }),
      counted('2026-11-01', true),
      counted('2026-11-03', true, { changed: 5 }),
      counted('2026-11-16', false),
    ];
    const figures = {
      pending: { new: 4, changed: 2, deleted: 4, oldest: '2026-11-17' },
      held: { new: 0, changed: 5, deleted: 1, oldest: '2026-11-02' },
    };
    expect(figuresOf(new Map(days))).toEqual(figures);
    expect(figuresOf(new Map(days.toReversed()))).toEqual(figures);
  });
});
