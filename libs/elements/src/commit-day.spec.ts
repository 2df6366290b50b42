import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { recordVersion, type MemorySource } from '@daymark/sources/memory';
import { DIGEST_TEST_VECTORS } from '@daymark/sources/postgres';
import { agreedHashes, hashVectorSql } from '@daymark/sources/postgres';
import {
  columns,
  copier,
  D,
  memorySource,
  openTarget,
  row,
  rows,
  type Copier,
  type Target,
} from '../test/bench';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.dispose());

async function versions(copy: Copier): Promise<Record<string, string>> {
  const found =
    await target.sql(`SELECT CASE day WHEN '${D}' THEN id::text ELSE day || ' ' || id END AS id, xmin || ' ' || ctid AS at
    FROM ${await copy.table()}`);
  return Object.fromEntries(found.map(({ id, at }) => [id ?? '', at ?? '']));
}

async function content(copy: Copier): Promise<string[]> {
  const found = await target.sql(
    `SELECT concat_ws('|', id, day, amount, note) AS line FROM ${await copy.table()} ORDER BY id`,
  );
  return found.map(({ line }) => line ?? '');
}

function sourceDigest(values: readonly (readonly (string | null)[])[]): string {
  return values.reduce((sum, record) => sum + recordVersion(record), 0n).toString();
}

async function copied(source: MemorySource): Promise<Copier> {
  const copy = await copier(target, source.connector);
  await copy.commit();
  return copy;
}

describe('a day that was never copied', () => {
  it('is copied straight in: no row is staged, all count as inserted, the digest is the source’s', async () => {
    const source = memorySource(rows(1, 120));
    const copy = await copier(target, source.connector);
    const summary = await copy.commit({ seal: true });
    const digest = sourceDigest(rows(1, 120).map((r) => [r['id']!, r['day']!, r['amount']!, r['note']!]));
    expect(summary).toMatchObject({
      day: D,
      revision: 1,
      run: copy.lease.runId,
      sealed: true,
      sourceCount: 120,
      sourceDigest: digest,
      elements: 120,
      digest,
      kept: 0,
      outcome: 'synchronized',
      counts: { read: 120, inserted: 120, changed: 0, unchanged: 0, deleted: 0, quarantined: 0, withheld: 0 },
    });
    expect((await content(copy)).length).toBe(120);
  });

  it('is empty when the source says 0', async () => {
    const copy = await copier(target, memorySource([]).connector);
    const summary = await copy.commit({ seal: true });
    expect(summary).toMatchObject({ outcome: 'empty', elements: 0, digest: '0', sealed: true, revision: 1 });
  });

  it('leaves other days alone', async () => {
    const source = memorySource([...rows(1, 3), ...rows(1, 5, { day: '2026-03-02' })]);
    const copy = await copied(source);
    const before = await versions(copy);
    await copy.commit({ day: '2026-03-02' });
    expect(await content(copy)).toHaveLength(8);
    expect(await versions(copy)).toMatchObject(before);
  });
});

describe('a day that differs', () => {
  it('takes exactly what is new and changed, deletes what is gone, and leaves every other row as it stands', async () => {
    const source = memorySource(rows(1, 100));
    const copy = await copied(source);
    const before = await versions(copy);
    source.put(row(7, { note: 'changed' }));
    source.put(row(8, { amount: '8.5' }));
    source.delete(D, '9');
    source.insert(row(101), row(102));
    const summary = await copy.commit();
    expect(summary.counts).toEqual({
      read: 101,
      inserted: 2,
      changed: 2,
      unchanged: 97,
      deleted: 1,
      quarantined: 0,
      withheld: 0,
    });
    const after = await versions(copy);
    const touched = Object.keys(after).filter((id) => after[id] !== before[id]);
    expect(touched.sort()).toEqual(['101', '102', '7', '8']);
    expect(after['9']).toBeUndefined();
    expect(await content(copy)).toContain(`8|${D}|8.5|note 8`);
    expect(summary).toMatchObject({ revision: 2, outcome: 'synchronized', digest: summary.sourceDigest });
  });

  it('reads the whole day instead of keys where most of it differs, with the same result', async () => {
    const source = memorySource(rows(1, 5_200));
    const copy = await copied(source);
    const before = await versions(copy);
    source.purgeBefore('2026-03-02');
    source.insert(...rows(1, 5_100, { note: 'new' }), ...rows(5_101, 5_200));
    const summary = await copy.commit();
    expect(summary.counts).toMatchObject({ changed: 5_100, unchanged: 100, inserted: 0, deleted: 0 });
    const after = await versions(copy);
    for (let id = 5_101; id <= 5_200; id += 1) expect(after[String(id)]).toBe(before[String(id)]);
  });

  it('treats a key on two days as two elements', async () => {
    const source = memorySource([row(1), row(1, { day: '2026-03-02', note: 'other' })]);
    const copy = await copied(source);
    await copy.commit({ day: '2026-03-02' });
    source.put(row(1, { note: 'changed' }));
    await copy.commit();
    expect((await content(copy)).sort()).toEqual([`1|${D}|1.50|changed`, '1|2026-03-02|1.50|other']);
  });
});

describe('a day that does not differ', () => {
  it('is sealed again without touching a row, nor being streamed', async () => {
    const source = memorySource(rows(1, 50));
    const copy = await copied(source);
    const before = await versions(copy);
    const session = await copy.open();
    const streams: string[] = [];
    const watched = {
      ...session,
      fingerprints: (day: string) => (streams.push('fingerprints'), session.fingerprints(day)),
      elements: (day: string, keys?: readonly string[]) => (
        streams.push('elements'),
        session.elements(day, keys)
      ),
    };
    const run = await target.elements.openRun(copy.lease, {
      name: 'again',
      description: session.description,
    });
    const census = (await session.census()).days.get(D)!;
    const work = { day: D, census, seal: true, applyDeletions: true, deletionsAllowed: () => true };
    const summary = await run.commit(watched, work);
    await run.close();
    await session.close();
    expect(streams).toEqual([]);
    expect(summary).toMatchObject({ outcome: 'unchanged', sealed: true, revision: 2 });
    expect(summary.counts).toMatchObject({ read: 50, unchanged: 50, inserted: 0, changed: 0, deleted: 0 });
    expect(await versions(copy)).toEqual(before);
  });
});

describe('a day outside retention', () => {
  it('keeps what the source purged and still takes what is new and changed', async () => {
    const source = memorySource(rows(1, 10));
    const copy = await copied(source);
    const before = await versions(copy);
    for (const id of ['1', '2', '3']) source.delete(D, id);
    source.put(row(4, { note: 'late' }));
    source.insert(row(11));
    const summary = await copy.commit({ applyDeletions: false, seal: true });
    expect(summary).toMatchObject({ kept: 3, elements: 11, sourceCount: 8, outcome: 'synchronized' });
    expect(summary.counts).toMatchObject({ read: 8, inserted: 1, changed: 1, unchanged: 6, deleted: 0 });
    const session = await copy.open();
    const census = (await session.census()).days.get(D)!;
    await session.close();
    expect(summary.sourceDigest).toBe(census.digest);
    const missing = sourceDigest(rows(1, 3).map((r) => [r['id']!, r['day']!, r['amount']!, r['note']!]));
    expect(BigInt(summary.digest) - BigInt(summary.sourceDigest)).toBe(BigInt(missing));
    const after = await versions(copy);
    for (const id of ['1', '2', '3', '5']) expect(after[id]).toBe(before[id]);
  });

  it('keeps all of a day that the source purged whole', async () => {
    const source = memorySource(rows(1, 10));
    const copy = await copied(source);
    const before = await versions(copy);
    source.purgeBefore('2026-03-02');
    const summary = await copy.commit({ applyDeletions: false, seal: true });
    expect(summary).toMatchObject({ kept: 10, elements: 10, sourceCount: 0, outcome: 'unchanged' });
    expect(await versions(copy)).toEqual(before);
  });
});

describe('versions', () => {
  it('are those of the documented test vectors, by both hashes', async () => {
    for (const hash of ['hashtextextended', 'md5'] as const) {
      const found = await target.sql(hashVectorSql(hash));
      expect(found.map(({ version }) => version)).toEqual(DIGEST_TEST_VECTORS.map((vector) => vector[hash]));
    }
    expect(await agreedHashes((sql) => target.sql(sql))).toEqual(['hashtextextended', 'md5']);
    expect(await target.elements.hashes()).toEqual(['hashtextextended', 'md5']);
  });

  it('are computed from what is stored: text that needs escapes on the way arrives as it is', async () => {
    const odd = [
      'tab\there',
      'line\nbreak',
      'back\\slash',
      '\\N',
      '',
      ' ',
      '"quoted", (all)',
      '\\.',
      'Åà 日本 😀',
      null,
    ];
    const given = odd.map((note, i) => row(i + 1, { note }));
    const source = memorySource(given);
    const copy = await copied(source);
    const found = await target.sql(`SELECT note FROM ${await copy.table()} ORDER BY id`);
    expect(found.map(({ note }) => note)).toEqual(odd);
  });
});

describe('comparing', () => {
  it('counts by kind, names what is missing, and changes nothing', async () => {
    const source = memorySource(rows(1, 20));
    const copy = await copied(source);
    const before = await versions(copy);
    source.put(row(1, { note: 'changed' }));
    source.delete(D, '2');
    source.delete(D, '3');
    source.insert(row(21), row(22), row(23));
    const session = await copy.open();
    const found = await target.elements.compare(copy.sourceId, session, D);
    const none = await target.elements.compare(copy.sourceId, session, '2026-03-09');
    await session.close();
    expect(found).toMatchObject({ new: 3, changed: 1, deleted: 2, missing: { count: 2 } });
    expect(none).toMatchObject({ new: 0, changed: 0, deleted: 0 });
    expect(await versions(copy)).toEqual(before);
    expect((await target.elements.summaries(copy.sourceId)).get(D)).toMatchObject({ revision: 1 });
  });
});

describe('summaries', () => {
  it('are in order of days, one revision more with each commit, and hold the columns of their version', async () => {
    const source = memorySource([...rows(1, 2), ...rows(1, 1, { day: '2026-02-28' })]);
    const copy = await copied(source);
    await copy.commit({ day: '2026-02-28' });
    await copy.commit();
    const third = await copy.commit({ seal: true });
    expect(third.revision).toBe(3);
    const summaries = await target.elements.summaries(copy.sourceId);
    expect([...summaries.keys()]).toEqual(['2026-02-28', D]);
    expect(summaries.get(D)).toEqual(third);
    const [listed] = await target.sql(
      'SELECT columns::text, hash FROM elements.day_summaries WHERE source_id = $1 AND day = $2',
      [copy.sourceId, D],
    );
    expect(JSON.parse(listed?.['columns'] ?? '')).toEqual(columns);
    expect(listed?.['hash']).toBe('md5');
  });
});
