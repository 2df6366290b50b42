import { describe, expect, it } from '@jest/globals';
import { censusObject, readElements, readFingerprints } from './reading';
import type { Bench, WorldElement } from './world';

const element = (day: string, key: string, content: string | null = key): WorldElement => ({
  day,
  key,
  content,
});

const sum = (pairs: readonly (readonly [string | null, bigint])[]): string =>
  String(pairs.reduce((total, [, version]) => total + version, 0n));

export const describeCounting = (bench: Bench): void => {
  describe('counting', () => {
    it('counts nothing in an empty source', async () => {
      const session = await bench.open();
      const census = await session.census();
      expect(censusObject(census)).toEqual({});
      expect(census.unreadable).toEqual({ count: 0, reasons: [] });
      expect((await session.retention()).oldestDay).toBeNull();
      expect(await readFingerprints(session, '2026-03-01')).toEqual([]);
      expect(await readElements(session, '2026-03-01')).toEqual([]);
    });

    it('says the same by census, fingerprints and elements', async () => {
      await bench
        .world()
        .insert([
          element('2026-02-28', 'a'),
          element('2026-02-28', 'b', null),
          element('2026-03-01', 'c', ''),
          element('2024-02-29', 'd'),
        ]);
      const session = await bench.open();
      const { days } = await session.census();
      expect([...days.keys()]).toEqual(['2024-02-29', '2026-02-28', '2026-03-01']);
      for (const [day, { count, digest }] of days) {
        const fingerprints = await readFingerprints(session, day);
        const elements = await readElements(session, day);
        expect(fingerprints).toHaveLength(count);
        expect(digest).toBe(sum(fingerprints));
        expect(elements.map(({ key }) => key).sort()).toEqual(fingerprints.map(([key]) => key).sort());
        expect(elements.every((read) => read.day === day)).toBe(true);
      }
      expect((await session.retention()).oldestDay).toBe('2024-02-29');
    });

    it('counts only the days it is asked for', async () => {
      const days = ['0001-01-01', '2026-01-31', '2026-02-01', '2026-02-02', '9999-12-31'];
      await bench.world().insert(days.map((day) => element(day, day)));
      const session = await bench.open();
      const all = censusObject(await session.census());
      expect(Object.keys(all)).toEqual(days);
      const asked = ['9999-12-31', '2026-02-01', '2026-01-31', '2020-01-01', '0001-01-01'];
      const some = censusObject(await session.census(asked));
      expect(Object.keys(some)).toEqual(['0001-01-01', '2026-01-31', '2026-02-01', '9999-12-31']);
      expect(all).toMatchObject(some);
      expect(censusObject(await session.census([]))).toEqual({});
    });

    it('has nothing on a day without elements', async () => {
      await bench.world().insert([element('2026-03-01', 'a'), element('2026-03-03', 'b')]);
      const session = await bench.open();
      expect(await readFingerprints(session, '2026-03-02')).toEqual([]);
      expect(await readElements(session, '2026-03-02')).toEqual([]);
      expect(await readElements(session, '2026-03-02', ['a', 'b'])).toEqual([]);
    });

    it('refuses what is no day', async () => {
      const session = await bench.open();
      await expect(session.census(['2026-02-30'])).rejects.toThrow('2026-02-30');
      expect(() => session.fingerprints("2026-01-01' OR true --")).toThrow('not a day');
      expect(() => session.elements('2026-1-1')).toThrow('not a day');
    });

    it('gives the elements of the keys it is asked for', async () => {
      const keys = ['a', 'A', 'ä', 'a b', 'it\'s "so"', '\\N', '{x,y}', 'NULL', '\t', ''];
      await bench.world().insert(keys.map((key) => element('2026-03-01', key)));
      await bench.world().insert([element('2026-03-02', 'a', 'of another day')]);
      const session = await bench.open();
      for (const key of keys) {
        expect(await readElements(session, '2026-03-01', [key])).toEqual([element('2026-03-01', key)]);
      }
      expect(await readElements(session, '2026-03-01', keys)).toHaveLength(keys.length);
      expect(await readElements(session, '2026-03-01', [])).toEqual([]);
      expect(await readElements(session, '2026-03-01', ['b', 'a\0', '\uD800', 'a', 'a'])).toEqual([
        element('2026-03-01', 'a'),
      ]);
    });

    it('gives a key as often as it stands', async () => {
      const twice = [element('2026-03-01', 'a', 'one'), element('2026-03-01', 'a', 'two')];
      await bench.world().insert([...twice, element('2026-03-01', 'b')]);
      const session = await bench.open();
      expect((await session.census()).days.get('2026-03-01')?.count).toBe(3);
      expect((await readFingerprints(session, '2026-03-01')).map(([key]) => key)).toEqual(['a', 'a', 'b']);
      expect(await readElements(session, '2026-03-01', ['a'])).toEqual(twice);
    });

    it('takes a key on two days for two elements', async () => {
      const both = [element('2026-03-01', 'a', 'early'), element('2026-03-02', 'a', 'late')];
      await bench.world().insert(both);
      const session = await bench.open();
      expect(await readElements(session, '2026-03-01')).toEqual([both[0]]);
      expect(await readElements(session, '2026-03-02', ['a'])).toEqual([both[1]]);
    });
  });
};
