import { describe, expect, it } from '@jest/globals';
import { censusObject, readElements, readFingerprints } from './reading';
import type { Bench } from './world';

const DAY = '2026-03-01';
const a = { day: DAY, key: 'a', content: 'first' };
const b = { day: DAY, key: 'b', content: 'second' };

export const describeSnapshots = (bench: Bench): void => {
  describe('snapshots', () => {
    it('never change while the source does', async () => {
      await bench.world().insert([a, b]);
      const session = await bench.open();
      const before = censusObject(await session.census());
      await bench.world().update({ ...a, content: 'changed' });
      await bench.world().remove(b);
      await bench.world().insert([{ day: '2026-03-02', key: 'c', content: 'new' }]);
      expect(censusObject(await session.census())).toEqual(before);
      expect(await readElements(session, DAY)).toEqual([a, b]);
      expect(await readFingerprints(session, '2026-03-02')).toEqual([]);
    });

    it('do not wait for their first question to be taken', async () => {
      const session = await bench.open();
      await bench.world().insert([a]);
      expect(censusObject(await session.census())).toEqual({});
    });

    it('see a late commit only if it came before them, whenever it began', async () => {
      const late = await bench.world().insertLate([a]);
      await bench.world().insert([b]);
      const session = await bench.open();
      await late.commit();
      expect(await readElements(session, DAY)).toEqual([b]);
      const next = await bench.open();
      expect(await readElements(next, DAY)).toEqual([a, b]);
      expect(await readElements(session, DAY)).toEqual([b]);
    });

    it('are one for each session, side by side', async () => {
      await bench.world().insert([a]);
      const first = await bench.open();
      await bench.world().insert([b]);
      const second = await bench.open();
      const [early, late] = await Promise.all([readElements(first, DAY), readElements(second, DAY)]);
      expect([early, late]).toEqual([[a], [a, b]]);
      expect(first.at < second.at).toBe(true);
    });

    it('say when they were taken, in microseconds', async () => {
      const session = await bench.open();
      expect(session.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    });

    it('answer questions that are asked at once', async () => {
      await bench.world().insert([a, b]);
      const session = await bench.open();
      const [census, fingerprints, elements] = await Promise.all([
        session.census(),
        readFingerprints(session, DAY),
        readElements(session, DAY),
      ]);
      expect(census.days.get(DAY)?.count).toBe(2);
      expect(fingerprints).toHaveLength(2);
      expect(elements).toEqual([a, b]);
    });
  });
};
