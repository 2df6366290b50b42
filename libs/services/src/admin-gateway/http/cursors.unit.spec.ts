import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { cursorIn, cursorOf, placeIn } from './cursors';

const list = ['elements', 'orders', '2026-11-13'];
const invalid = expect.objectContaining({ code: 'CURSOR_INVALID', status: 400 });

describe('a cursor', () => {
  it.each(['', 'a', '["7", "a\\"b"]', '日本 😀', 'cnVuIDEyMw', 'x'.repeat(200_000)])(
    'leads back to the place that it was made of',
    (place) => {
      const cursor = cursorOf(list, place);
      expect(placeIn(list, cursorIn(cursor) ?? '')).toBe(place);
    },
  );

  it('fits into an address, also for the longest key that an index takes', () => {
    const key = randomBytes(1352).toString('hex'); // 2704 bytes
    expect(cursorIn(cursorOf(list, key))).not.toBeNull();
  });

  it('is refused by another list, also where the names run together', () => {
    const cursor = cursorOf(list, '7');
    for (const other of [['elements', 'orders', '2026-11-14'], ['elements', 'orders'], [], [...list, '7']]) {
      expect(() => placeIn(other, cursor)).toThrow(invalid);
    }
    expect(() => placeIn(['ab', 'c'], cursorOf(['a', 'bc'], '7'))).toThrow(invalid);
  });

  it('is refused when a character of it was changed, added or taken away', () => {
    const cursor = cursorOf(list, 'flow-17');
    for (let i = 0; i < cursor.length; i += 1) {
      const changed = cursor[i] === 'A' ? 'B' : 'A';
      expect(() => placeIn(list, cursor.slice(0, i) + changed + cursor.slice(i + 1))).toThrow(invalid);
      expect(() => placeIn(list, cursor.slice(0, i))).toThrow(invalid);
    }
    expect(() => placeIn(list, `${cursor}A`)).toThrow(invalid);
  });

  it('is refused when its place has not the shape that this list has', () => {
    expect(placeIn(list, cursorOf(list, '17'), /^\d+$/)).toBe('17');
    expect(() => placeIn(list, cursorOf(list, '17\0'), /^\d+$/)).toThrow(invalid);
  });

  it('never unpacks to more than a place can be', () => {
    const bomb = cursorOf(list, '0'.repeat(5_000_000));
    expect(bomb.length).toBeLessThan(8192);
    expect(() => placeIn(list, bomb)).toThrow(invalid);
  });

  it.each(['', '%', 'a b', 'a\0', 'abc=', 'x'.repeat(8193)])('is refused at sight: %j', (text) => {
    expect(() => cursorIn(text)).toThrow(invalid);
  });

  it('is none on the first page', () => {
    expect(cursorIn(undefined)).toBeNull();
  });
});
