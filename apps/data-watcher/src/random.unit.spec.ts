import { describe, expect, it } from '@jest/globals';
import { countOf, randomFor, uuidFor } from './random';

describe('randomness from a label', () => {
  it('is the same for the same label, another for another', () => {
    const numbers = (label: string): number[] => {
      const random = randomFor(label);
      return Array.from({ length: 5 }, () => random());
    };
    expect(numbers('a')).toEqual(numbers('a'));
    expect(numbers('a')).not.toEqual(numbers('b'));
  });

  it('lies in [0, 1) and fills it evenly', () => {
    const random = randomFor('even');
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let i = 0; i < 10_000; i += 1) {
      const tenth = Math.floor(random() * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });

  it('counts what happens as often on average as it is told', () => {
    const random = randomFor('count');
    const mean = (rate: number): number =>
      Array.from({ length: 5_000 }, () => countOf(random, rate)).reduce((sum, n) => sum + n, 0) / 5_000;
    expect(mean(0)).toBe(0);
    expect(Math.abs(mean(0.02) - 0.02)).toBeLessThan(0.01);
    expect(Math.abs(mean(3) - 3)).toBeLessThan(0.15);
  });

  it('makes UUIDs that do not meet', () => {
    const ids = Array.from({ length: 20_000 }, (_, i) => uuidFor(`seed/${i}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
