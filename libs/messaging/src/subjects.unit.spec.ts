import { describe, expect, it } from '@jest/globals';
import { bySpecificity, checkPattern, checkSubject, matches } from './subjects';

describe('subjects', () => {
  it.each([
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.b', 'a.b.c', false],
    ['a.b', 'a', false],
    ['*', 'a', true],
    ['*', 'a.b', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['*.b', 'a.b', true],
    ['a.*.c', 'a.b.c', true],
    ['a.*.c', 'a.b.d', false],
    ['>', 'a', true],
    ['>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['a.>', 'a.b', true],
    ['a.>', 'a.b.c', true],
    ['a.*.>', 'a.b', false],
    ['a.*.>', 'a.b.c', true],
    ['a.*.>', 'b.b.c', false],
  ])('pattern %s, subject %s: %s', (pattern, subject, expected) => {
    expect(matches(pattern, subject)).toBe(expected);
  });

  it('puts the pattern that says most first', () => {
    const patterns = ['>', 'a.>', 'a.*', '*.b', 'a.b', 'a.*.c', 'a.b.>'];
    expect(patterns.toSorted(bySpecificity)).toEqual(['a.b', 'a.b.>', 'a.*', 'a.*.c', 'a.>', '*.b', '>']);
  });

  it('knows what is neither', () => {
    for (const pattern of ['', 'a..b', 'a.>.b', 'a b', 'a*', '>a'])
      expect(() => checkPattern(pattern)).toThrow(TypeError);
    for (const pattern of ['a', 'a.*', '*.>', '>']) expect(() => checkPattern(pattern)).not.toThrow();
    expect(() => checkSubject('a.*')).toThrow(TypeError);
    expect(() => checkSubject('a.b-c_d.0')).not.toThrow();
  });
});
