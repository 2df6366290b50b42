import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { copier, openTarget, tableSource, type TableSource, type Target } from '../test/bench';

const DAY = '2026-03-01';
const ROWS = 200_000;

let target: Target;
let source: TableSource;

beforeAll(async () => {
  target = await openTarget();
  source = await tableSource(
    `CREATE TABLE t (id int PRIMARY KEY, day date, note text);
     INSERT INTO t SELECT g, '${DAY}', repeat(md5(g::text), 5) FROM generate_series(1, ${ROWS}) g; ANALYZE t`,
    { table: 'public.t', key: ['id'], day: 'day' },
  );
});
afterAll(async () => {
  await target.dispose();
  await source.dispose();
});

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** How far what the process holds, heap and buffers, rises above what it was, in MiB, at the worst. Garbage is none. */
async function highest(work: () => Promise<unknown>): Promise<number> {
  const held = () => {
    collect();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1024 / 1024;
  };
  const before = held();
  let peak = before;
  const looking = setInterval(() => {
    peak = Math.max(peak, held());
  }, 250);
  try {
    await work();
  } finally {
    clearInterval(looking);
  }
  return peak - before;
}

describe('a day of 200 000 elements, some 40 MB', () => {
  it('is streamed and never held: first copy, merge by keys, merge of the whole day', async () => {
    const copy = await copier(target, source.connector, { name: 'large' });
    const first = await highest(async () => {
      expect((await copy.commit()).counts).toMatchObject({ inserted: ROWS });
    });
    await source.sql(`UPDATE t SET note = 'changed' WHERE id % 10 = 0`);
    const byKeys = await highest(async () => {
      expect((await copy.commit()).counts).toMatchObject({ changed: ROWS / 10, unchanged: (ROWS / 10) * 9 });
    });
    await source.sql(`UPDATE t SET note = repeat(md5(note), 5) WHERE id % 2 = 0`);
    const asWhole = await highest(async () => {
      const summary = await copy.commit();
      expect(summary.counts).toMatchObject({ changed: ROWS / 2, unchanged: ROWS / 2 });
      expect(summary.digest).toBe(summary.sourceDigest);
    });
    // Well below what the day weighs: sockets and driver hold some megabytes of it, never the day.
    for (const rise of [first, byKeys, asWhole]) expect(rise).toBeLessThan(30);
  }, 180_000);
});
