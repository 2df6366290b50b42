import { describe, expect, it } from '@jest/globals';
import { backoff } from './backoff';

describe('backing off', () => {
  it.each([
    [1, 250],
    [2, 500],
    [5, 4_000],
    [8, 30_000],
    [2_000, 30_000],
  ])('after %d failures waits at most %d ms', (attempt, most) => {
    expect(backoff({ attempt, random: () => 0.999_999_9 })).toBe(most - 1);
    expect(backoff({ attempt, random: () => 0 })).toBe(0);
    expect(backoff({ attempt, random: () => 0.5 })).toBe(most / 2);
  });
});
