import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import {
  columns,
  copier,
  D,
  faultOf,
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

/** All that is kept of a source, to the row version. */
async function standing(copy: Copier): Promise<unknown> {
  const elements = await target.sql(
    `SELECT xmin::text, ctid::text, t::text AS line FROM ${await copy.table()} t ORDER BY ctid`,
  );
  return { elements, summaries: await target.elements.summaries(copy.sourceId) };
}

async function copied(source: MemorySource): Promise<Copier> {
  const copy = await copier(target, source.connector);
  await copy.commit();
  return copy;
}

/** Commits, and shows that the fault changed nothing. */
async function refused(copy: Copier, work: Parameters<Copier['commit']>[0] = {}): Promise<string> {
  const before = await standing(copy);
  const code = await faultOf(copy.commit(work));
  expect(await standing(copy)).toEqual(before);
  return code;
}

describe('a day that shrank', () => {
  it.each([
    ['to nothing', 10, 10, 'DAY_SHRANK'],
    ['by more than 50 of less than 500', 400, 51, 'DAY_SHRANK'],
    ['by more than a tenth of more than 500', 1_000, 101, 'DAY_SHRANK'],
    ['by 50 of less than 500', 400, 50, 'no fault'],
    ['by a tenth', 1_000, 100, 'no fault'],
  ])('%s: %i less %i is %s', async (_case, had, gone, expected) => {
    const source = memorySource(rows(1, had));
    const copy = await copied(source);
    source.purgeBefore('2026-03-02');
    source.insert(...rows(gone + 1, had));
    if (expected === 'DAY_SHRANK') expect(await refused(copy)).toBe(expected);
    else expect((await copy.commit()).counts).toMatchObject({ deleted: gone, unchanged: had - gone });
  });

  it('takes nothing of its additions and changes either', async () => {
    const source = memorySource(rows(1, 100));
    const copy = await copied(source);
    source.purgeBefore('2026-03-02');
    source.insert(...rows(80, 100, { note: 'changed' }), ...rows(200, 210));
    expect(await refused(copy)).toBe('DAY_SHRANK');
  });
});

describe('a record that the target cannot store', () => {
  const wide = columns.map((column) => (column.name === 'amount' ? { ...column, type: 'smallint' } : column));

  it('refuses a first copy: not even a table row is left, but the table is', async () => {
    const given = rows(1, 3, { amount: '1' });
    const copy = await copier(target, memorySource([...given, row(4, { amount: '70000' })], wide).connector);
    await copy.commit({ day: '2026-03-09' });
    expect(await refused(copy)).toBe('DAY_ROW_REFUSED');
    expect((await target.elements.summaries(copy.sourceId)).has(D)).toBe(false);
  });

  it('refuses a merge, by keys', async () => {
    const source = memorySource(rows(1, 3, { amount: '1' }), wide);
    const copy = await copied(source);
    source.put(row(2, { amount: '2' }));
    source.put(row(3, { amount: 'three' }));
    expect(await refused(copy)).toBe('DAY_ROW_REFUSED');
  });

  it('says where it stands', async () => {
    const copy = await copier(target, memorySource([row(1, { amount: '70000' })], wide).connector);
    await expect(copy.commit()).rejects.toThrow(/2026-03-01.*70000.*amount/s);
  });

  it('refuses a key that no index holds', async () => {
    const text = columns.map((column) => (column.name === 'id' ? { ...column, type: 'text' } : column));
    // Too much for an index, and nothing that could be compressed.
    const hash = (i: number) => createHash('sha256').update(String(i)).digest('base64');
    const noise = Array.from({ length: 200 }, (_, i) => hash(i)).join('');
    const copy = await copier(target, memorySource([row(1), row(1, { id: noise })], text).connector);
    await copy.commit({ day: '2026-03-09' });
    expect(await refused(copy)).toBe('DAY_ROW_REFUSED');
  });
});

describe('keys that do not tell elements apart', () => {
  it('refuse a first copy', async () => {
    const copy = await copier(target, memorySource([...rows(1, 3), row(2, { note: 'again' })]).connector);
    await copy.commit({ day: '2026-03-09' });
    expect(await refused(copy)).toBe('SOURCE_KEYS_NOT_UNIQUE');
    await expect(copy.commit()).rejects.toThrow(/On 2026-03-01 the key 2 stands more than once/);
  });

  it('refuse a merge, and a comparison', async () => {
    const source = memorySource(rows(1, 3));
    const copy = await copied(source);
    source.insert(row(3, { note: 'again' }), row(3, { note: 'and again' }));
    expect(await refused(copy)).toBe('SOURCE_KEYS_NOT_UNIQUE');
    await expect(copy.commit()).rejects.toThrow(/the key 3 stands 3 times/);
    const session = await copy.open();
    expect(await faultOf(target.elements.compare(copy.sourceId, session, D))).toBe('SOURCE_KEYS_NOT_UNIQUE');
    await session.close();
  });

  it('are no trouble on different days', async () => {
    const copy = await copied(memorySource([row(1), row(1, { day: '2026-03-02' })]));
    expect((await copy.commit({ day: '2026-03-02' })).elements).toBe(1);
  });

  it('NULL: refuses a first copy and a merge', async () => {
    const first = await copier(target, memorySource([row(1), row(2, { id: null })]).connector);
    await first.commit({ day: '2026-03-09' });
    expect(await refused(first)).toBe('SOURCE_KEY_NULL');
    const source = memorySource(rows(1, 3));
    const copy = await copied(source);
    source.insert(row(4, { id: null }));
    expect(await refused(copy)).toBe('SOURCE_KEY_NULL');
  });
});

describe('a copy that does not add up', () => {
  async function meddle(copy: Copier): Promise<void> {
    await target.sql(`CREATE OR REPLACE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.id = 2 THEN NEW.note := 'meddled'; END IF; RETURN NEW; END $$`);
    await target.sql(
      `CREATE TRIGGER meddle BEFORE INSERT OR UPDATE ON ${await copy.table()} FOR EACH ROW EXECUTE FUNCTION meddle()`,
    );
  }

  it('is found when the target changes a row silently, in a first copy', async () => {
    const source = memorySource(rows(1, 3));
    const copy = await copier(target, source.connector);
    await copy.commit({ day: '2026-03-09' });
    await meddle(copy);
    expect(await refused(copy)).toBe('DAY_DIGEST_MISMATCH');
  });

  it('is found in a merge', async () => {
    const source = memorySource(rows(1, 3));
    const copy = await copied(source);
    await meddle(copy);
    source.put(row(2, { note: 'changed' }));
    expect(await refused(copy)).toBe('DAY_DIGEST_MISMATCH');
  });

  it('is found when a row is swallowed', async () => {
    const source = memorySource(rows(1, 3));
    const copy = await copied(source);
    await target.sql(
      `CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
    );
    await target.sql(
      `CREATE TRIGGER swallow BEFORE INSERT ON ${await copy.table()} FOR EACH ROW EXECUTE FUNCTION swallow()`,
    );
    source.insert(row(4));
    expect(await refused(copy)).toBe('DAY_DIGEST_MISMATCH');
  });

  it('is mended by the next commit when somebody changed the copy by hand', async () => {
    const source = memorySource(rows(1, 3));
    const copy = await copied(source);
    await target.sql(`UPDATE ${await copy.table()} SET note = 'by hand' WHERE id = 2`);
    expect((await copy.commit()).counts).toMatchObject({ changed: 1, unchanged: 2 });
  });
});

describe('a source that fails', () => {
  it.each(['fingerprints', 'elements'] as const)('in the middle of %s changes nothing', async (step) => {
    const source = memorySource(rows(1, 500));
    const copy = await copied(source);
    source.put(row(2, { note: 'changed' }));
    const fault = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });
    source.failAt({ step, fault, day: D, afterRows: step === 'elements' ? 0 : 100 });
    expect(await refused(copy)).toBe('SOURCE_UNREACHABLE');
    expect((await copy.commit()).counts).toMatchObject({ changed: 1 });
  });

  it('in the middle of a first copy leaves nothing', async () => {
    const source = memorySource(rows(1, 5_000));
    const copy = await copier(target, source.connector);
    const fault = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });
    source.failAt({ step: 'elements', fault, day: D, afterRows: 2_500 });
    await copy.commit({ day: '2026-03-09' });
    expect(await refused(copy)).toBe('SOURCE_UNREACHABLE');
    expect((await copy.commit()).elements).toBe(5_000);
    expect(source.openSessions()).toBe(0);
  });

  it('when its session is aborted, ends at once', async () => {
    const source = memorySource(rows(1, 5_000));
    const copy = await copied(source);
    source.insert(row(6_000));
    const abort = new AbortController();
    const session = await copy.open({ signal: abort.signal });
    const run = await target.elements.openRun(copy.lease, { name: 'x', description: session.description });
    const census = (await session.census()).days.get(D)!;
    const work = { day: D, census, seal: false, applyDeletions: true, deletionsAllowed: () => true };
    const committing = faultOf(run.commit(session, work));
    abort.abort();
    expect(await committing).toBe('SOURCE_SESSION_CLOSED');
    await run.close();
    expect((await target.elements.summaries(copy.sourceId)).get(D)).toMatchObject({ revision: 1 });
  });
});
