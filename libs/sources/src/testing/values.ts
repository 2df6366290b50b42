import { describe, expect, it } from '@jest/globals';
import { readElements, readFingerprints } from './reading';
import type { Bench } from './world';

const DAY = '2026-03-01';

const CONTENTS: readonly (string | null)[] = [
  null,
  '',
  ' ',
  '\\N',
  '\\.',
  '\\',
  '\\\\',
  '\t',
  '\n',
  '\r\n',
  '\b\f\v\u0001\u001f\u007f',
  'a\tb\\tc\nd\\ne',
  '"double" \'single\' `back`',
  '(a,b)',
  '{"json": [1, null]}',
  'NULL',
  'null',
  'è e\u0301 ß ẞ İ ı',
  '日本語 中文 한국어 العربية עברית',
  '\u202eright to left\u202c',
  '\u{1F600} \u{1F469}\u200d\u{1F680} \u{10FFFF}',
  '\u0085\u00a0\u2028\ufeff',
  '$1 %s ${x} {{y}}',
  'x'.repeat(100_000),
];

export const describeValues = (bench: Bench): void => {
  describe('values', () => {
    it('arrive exactly, as content and as key', async () => {
      const texts = CONTENTS.filter((text): text is string => text !== null && text.length < 1_000);
      const asContent = CONTENTS.map((content, index) => ({ day: DAY, key: `k${index}`, content }));
      const asKey = texts.map((key) => ({ day: '2026-03-02', key, content: 'x' }));
      await bench.world().insert([...asContent, ...asKey]);
      const session = await bench.open();
      const read = new Map((await readElements(session, DAY)).map(({ key, content }) => [key, content]));
      for (const { key, content } of asContent) {
        expect([key, read.get(key)]).toEqual([key, content]);
      }
      expect((await readElements(session, '2026-03-02')).map(({ key }) => key).sort()).toEqual(
        [...texts].sort(),
      );
      expect((await readFingerprints(session, '2026-03-02')).map(([key]) => key).sort()).toEqual(
        [...texts].sort(),
      );
    });

    it('have different versions if they differ', async () => {
      const key = 'k';
      const versions = new Set<bigint>();
      await bench.world().insert([{ day: DAY, key, content: 'start' }]);
      for (const content of CONTENTS) {
        await bench.world().update({ day: DAY, key, content });
        const session = await bench.open();
        const [[, version] = [null, 0n]] = await readFingerprints(session, DAY);
        versions.add(version);
        await session.close();
      }
      expect(versions.size).toBe(CONTENTS.length);
    });

    it('have the version they had once they are as they were', async () => {
      const element = { day: DAY, key: 'k', content: 'as it was' };
      await bench.world().insert([element]);
      const before = await readFingerprints(await bench.open(), DAY);
      await bench.world().update({ ...element, content: 'changed' });
      const changed = await readFingerprints(await bench.open(), DAY);
      await bench.world().update(element);
      const after = await readFingerprints(await bench.open(), DAY);
      expect(changed).not.toEqual(before);
      expect(after).toEqual(before);
    });

    it('have versions that stay within 64 bits', async () => {
      await bench
        .world()
        .insert(Array.from({ length: 500 }, (_, index) => ({ day: DAY, key: `k${index}`, content: 'x' })));
      const fingerprints = await readFingerprints(await bench.open(), DAY);
      const versions = fingerprints.map(([, version]) => version);
      expect(versions.every((version) => BigInt.asIntN(64, version) === version)).toBe(true);
      expect(new Set(versions).size).toBe(500);
    });
  });
};
