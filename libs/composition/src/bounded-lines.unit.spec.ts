import { describe, expect, it } from '@jest/globals';
import { boundedLines } from './bounded-lines';

describe('boundedLines', () => {
  it('says so many in a window, and in a later one how many it left out', () => {
    let at = 5;
    const said: [string, number][] = [];
    const say = boundedLines<string>({ most: 2, windowMs: 100, monotonic: () => at }, (fault, leftOut) =>
      said.push([fault, leftOut]),
    );
    for (const fault of ['a', 'b', 'c', 'd']) say(fault);
    at = 104;
    say('e');
    expect(said).toEqual([
      ['a', 0],
      ['b', 0],
    ]);
    at = 105;
    for (const fault of ['f', 'g', 'h']) say(fault);
    expect(said.slice(2)).toEqual([
      ['f', 3],
      ['g', 0],
    ]);
  });
});
