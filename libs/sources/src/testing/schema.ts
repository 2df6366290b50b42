import { describe, expect, it } from '@jest/globals';
import { censusObject, faultOf, readElements, readFingerprints, settled } from './reading';
import type { Bench } from './world';

const DAY = '2026-03-01';
const element = { day: DAY, key: 'a', content: 'x' };

export const describeSchema = (bench: Bench): void => {
  describe('the schema', () => {
    it('is described by names, types and roles', async () => {
      const { description } = await bench.open();
      const content = description.columns.find(({ name }) => name === 'content');
      expect(content?.role).toBe('payload');
      expect(content?.type).not.toBe('');
      expect(description.key).toHaveLength(1);
      expect(description.columns.find(({ name }) => name === description.key[0])?.role).toBe('key');
    });

    it('does not change versions by an added column while the recorded ones are asked for', async () => {
      await bench.world().insert([element]);
      const before = await bench.open();
      const { columns } = before.description;
      const [census, fingerprints] = [await before.census(), await readFingerprints(before, DAY)];
      await before.close();
      await bench.world().changeSchema('add');

      const recorded = await bench.open({ columns });
      expect(recorded.description).toEqual(before.description);
      expect(censusObject(await recorded.census())).toEqual(censusObject(census));
      expect(await readFingerprints(recorded, DAY)).toEqual(fingerprints);
      expect(await readElements(recorded, DAY)).toEqual([element]);

      const all = await bench.open();
      expect(all.description.columns.map(({ name }) => name)).toContain('extra');
      expect(await readFingerprints(all, DAY)).not.toEqual(fingerprints);
    });

    it.each(['drop', 'retype'] as const)('refuses the recorded columns after %s', async (change) => {
      await bench.world().insert([{ ...element, content: '1' }]);
      const before = await bench.open();
      const { columns } = before.description;
      await before.close();
      await bench.world().changeSchema(change);
      const fault = await faultOf(bench.open({ columns }));
      expect(fault).toMatchObject({ code: 'SOURCE_SCHEMA_CHANGED', retryable: false });
      expect(fault.message).toContain('content');
      expect(await settled(() => bench.world().servedSnapshots(), 0)).toBe(0);
    });

    it('lets go of columns that are not asked for', async () => {
      await bench.world().insert([element]);
      const before = await bench.open();
      const columns = before.description.columns.filter(({ name }) => name !== 'content');
      await before.close();
      await bench.world().changeSchema('drop');
      const session = await bench.open({ columns });
      expect(await readFingerprints(session, DAY)).toHaveLength(1);
    });
  });
};
