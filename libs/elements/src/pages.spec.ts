import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  columns,
  copier,
  D,
  faultOf,
  memorySource,
  openTarget,
  row,
  rows,
  tableSource,
  type Copier,
  type Target,
} from '../test/bench';
import { LARGEST_PAYLOAD, PAGE_BYTES, type ElementsPage, type ElementsWanted } from './pages';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.dispose());

const read = (
  { sourceId }: Pick<Copier, 'sourceId'>,
  wanted: Partial<ElementsWanted> = {},
  day = D,
): Promise<ElementsPage> => target.elements.page(sourceId, day, { after: null, limit: 100, ...wanted });

const keysOf = ({ items }: ElementsPage) => items.map(({ key }) => key);

/** Every key of the day, page by page; something may happen between two pages. */
async function walk(
  copy: Pick<Copier, 'sourceId'>,
  wanted: Partial<ElementsWanted>,
  between: (pages: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<string[]> {
  const seen: string[] = [];
  let after: string | null = null;
  for (let pages = 1; ; pages += 1) {
    const page = await read(copy, { ...wanted, after });
    seen.push(...keysOf(page));
    if (page.next === null) return seen;
    after = page.next;
    await between(pages);
  }
}

async function copyOf(ddl: string, key: readonly string[] = ['id']) {
  const source = await tableSource(ddl, { table: 'public.t', key, day: 'day' });
  const copy = await copier(target, source.connector);
  const summary = await copy.commit({ seal: true });
  return { source, copy, summary };
}

describe('a page of a day’s elements', () => {
  it('has every value as PostgreSQL prints it, whatever the role’s settings say', async () => {
    const digits = `${'1234567890'.repeat(60)}.${'0987654321'.repeat(40)}`;
    const { source, copy } = await copyOf(
      `CREATE TABLE t (id bigint, day date, big bigint, exact numeric, f double precision, r real, at timestamptz,
         local timestamp, span interval, b bytea, yes boolean, c char(6), address inet, texts text[], doc json, docb jsonb,
         price money, t int4range, nothing text);
       INSERT INTO t VALUES (9223372036854775807, '${D}', -9223372036854775808, ${digits}, 'NaN', 0.1,
         '2026-03-29 03:30:00.123456+02', 'infinity', '1 mon -2 days 03:04:05.6', '\\x00ff', true, 'ab', '10.0.0.1',
         ARRAY['a', NULL, '"', ''], '{"a":  1.10, "a": 2}', '{"a":  1.10, "a": 2}', 1234.5, '[1,5)', NULL),
        (1, '${D}', 0, 'NaN', '-Infinity', '-0', '-infinity', '0001-01-01 00:00:00', NULL, '', false, '', NULL, '{}',
         '"\\u0000 \\ud83d"', 'null', 0, 'empty', '')`,
    );
    const name = (await target.sql('SELECT current_database() AS name'))[0]?.['name'] ?? '';
    await target.sql(`ALTER DATABASE "${name}" SET DateStyle = 'German'`);
    await target.sql(`ALTER DATABASE "${name}" SET TimeZone = 'Asia/Tokyo'`);
    await target.sql(`ALTER DATABASE "${name}" SET bytea_output = 'escape'`);
    const { items } = await read(copy);
    expect(items.map(({ payload }) => JSON.parse(payload ?? '') as unknown)).toEqual([
      {
        ...{ id: '1', day: D, big: '0', exact: 'NaN', f: '-Infinity', r: '-0', at: '-infinity' },
        ...{ local: '0001-01-01 00:00:00', span: null, b: '\\x', yes: 'f', c: '      ', address: null },
        ...{ texts: '{}', doc: '"\\u0000 \\ud83d"', docb: 'null', price: '$0.00', t: 'empty', nothing: '' },
      },
      {
        ...{
          id: '9223372036854775807',
          day: D,
          big: '-9223372036854775808',
          exact: digits,
          f: 'NaN',
          r: '0.1',
        },
        ...{ at: '2026-03-29 01:30:00.123456+00', local: 'infinity', span: '1 mon -2 days +03:04:05.6' },
        ...{ b: '\\x00ff', yes: 't', c: 'ab    ', address: '10.0.0.1', texts: '{a,NULL,"\\"",""}' },
        ...{ doc: '{"a":  1.10, "a": 2}', docb: '{"a": 2}', price: '$1,234.50', t: '[1,5)', nothing: null },
      },
    ]);
    for (const setting of ['DateStyle', 'TimeZone', 'bytea_output'])
      await target.sql(`ALTER DATABASE "${name}" RESET ${setting}`);
    await source.dispose();
  });

  it('has versions whose sum is the day’s digest, those of the source', async () => {
    const { source, copy, summary } = await copyOf(
      `CREATE TABLE t (id int, day date, note text); INSERT INTO t SELECT g, '${D}', 'n' || g FROM generate_series(1, 50) g`,
    );
    const { items } = await read(copy);
    expect(items.reduce((sum, { version }) => sum + BigInt(version), 0n).toString()).toBe(
      summary.sourceDigest,
    );
    await source.dispose();
  });

  it('keeps names, and their order, that an object of ours would not', async () => {
    const names = [
      '9',
      '__proto__',
      '1',
      'p',
      't',
      'json',
      'size',
      'say "hi"',
      'Größe',
      'key',
      'page',
      'daymark_key',
    ];
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
    const { source, copy } = await copyOf(
      `CREATE TABLE t (id int, ${quoted.map((name) => `${name} text`).join(', ')}, day date);
       INSERT INTO t VALUES (1, ${names.map((_, i) => `'v${i}'`).join(', ')}, '${D}')`,
    );
    const fields = ['"id":"1"', ...names.map((name, i) => `${JSON.stringify(name)}:"v${i}"`), `"day":"${D}"`];
    expect((await read(copy)).items.map(({ payload }) => payload)).toEqual([`{${fields.join(',')}}`]);
    await source.dispose();
  });

  it('can have a thousand columns', async () => {
    const names = Array.from({ length: 1000 }, (_, i) => `c${i}`);
    const { source, copy } = await copyOf(
      `CREATE TABLE t (id int, day date, ${names.map((name) => `${name} int`).join(', ')}); INSERT INTO t (id, day, c999) VALUES (1, '${D}', 7)`,
    );
    const [item] = (await read(copy)).items;
    expect(Object.keys(JSON.parse(item?.payload ?? '{}') as object)).toHaveLength(1002);
    expect(item).toMatchObject({ key: '1', bytes: 12 });
    await source.dispose();
  });

  it('is in the order of the keys’ bytes, composite and empty ones too', async () => {
    const keys = [
      '',
      ' ',
      '%',
      '10',
      '2',
      'Z',
      'a',
      'aa',
      'b',
      'cnVuIDEyMw',
      'É',
      'ß',
      '日本',
      '\uFFFD',
      '😀',
      "'; --",
    ];
    const copy = await copier(
      target,
      memorySource(
        keys.map((id) => row(1, { id })),
        [
          { name: 'id', type: 'text', role: 'key' },
          { name: 'day', type: 'date', role: 'day' },
        ],
      ).connector,
    );
    await copy.commit();
    const inOrder = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(keysOf(await read(copy))).toEqual(inOrder);
    for (const limit of [1, 3, keys.length]) expect(await walk(copy, { limit })).toEqual(inOrder);
    for (const key of keys) expect(await read(copy, { key })).toMatchObject({ items: [{ key }], next: null });
    const { source, copy: composite } = await copyOf(
      `CREATE TABLE t (a text, b int, day date); INSERT INTO t VALUES ('x', 1, '${D}'), ('["x"', 1, '${D}'), ('x, 1', 1, '${D}')`,
      ['a', 'b'],
    );
    expect(await walk(composite, { limit: 1 })).toEqual(['["[\\"x\\"", "1"]', '["x", "1"]', '["x, 1", "1"]']);
    await source.dispose();
  });

  it('is narrowed to one key, or to those that begin alike', async () => {
    const copy = await copier(target, memorySource(rows(1, 120)).connector);
    await copy.commit();
    expect(keysOf(await read(copy, { key: '7' }))).toEqual(['7']);
    expect(await read(copy, { key: '700' })).toEqual({ items: [], next: null });
    expect(keysOf(await read(copy, { prefix: '11' }))).toEqual([
      '11',
      ...Array.from({ length: 10 }, (_, i) => `11${i}`),
    ]);
    expect(await walk(copy, { prefix: '1', limit: 5 })).toEqual(await walk(copy, { prefix: '1' }));
    expect(await read(copy, { prefix: '1', limit: 32 })).toMatchObject({ next: null });
    expect(await read(copy, { prefix: '%' })).toEqual({ items: [], next: null });
    expect(keysOf(await read(copy, { prefix: '99', after: '1' }))).toEqual(['99']);
    for (const wanted of [{ key: '1\0' }, { prefix: '1\0' }, { after: '1\0' }])
      expect(await read(copy, wanted)).toEqual({ items: [], next: null });
  });

  it('is empty where nothing was copied: a stranger, a day, a dropped source', async () => {
    const nothing = { items: [], next: null };
    expect(await read({ sourceId: randomUUID() })).toEqual(nothing);
    const copy = await copier(target, memorySource(rows(1, 3)).connector);
    await copy.commit();
    expect(await read(copy, {}, '0001-01-01')).toEqual(nothing);
    expect((await read(copy)).items).toHaveLength(3);
    await target.elements.drop(copy.lease);
    expect(await read(copy)).toEqual(nothing);
  });

  it('has no next one where the last is exactly full', async () => {
    const copy = await copier(target, memorySource(rows(1, 4)).connector);
    await copy.commit();
    expect((await read(copy, { limit: 4 })).next).toBeNull();
    expect((await read(copy, { limit: 3 })).next).toBe('3');
  });

  it('never holds more than its bytes, and one larger element alone', async () => {
    const size = 1_000_000;
    const note = (bytes: number) => 'x'.repeat(bytes);
    const copy = await copier(
      target,
      memorySource([
        ...[1, 2, 3, 4, 5].map((id) => row(id, { note: note(size) })),
        row(6, { note: note(15_000_000) }),
        row(7, { note: note(15_000_000) }),
        row(8),
      ]).connector,
    );
    await copy.commit();
    const pages: string[][] = [];
    let after: string | null = null;
    do {
      const page: ElementsPage = await read(copy, { after });
      const bytes = page.items.reduce((sum, { payload }) => sum + (payload ?? '').length, 0);
      if (page.items.length > 1) expect(bytes).toBeLessThanOrEqual(PAGE_BYTES);
      pages.push(keysOf(page));
      after = page.next;
    } while (after !== null);
    expect(pages).toEqual([['1', '2', '3', '4'], ['5'], ['6'], ['7'], ['8']]);
  });

  it('names an element that no answer can hold, without its payload, and goes on', async () => {
    const copy = await copier(target, memorySource(rows(1, 3)).connector);
    await copy.commit();
    await target.sql(`UPDATE ${await copy.table()} SET note = repeat('x', ${LARGEST_PAYLOAD}) WHERE id = 2`);
    const { items, next } = await read(copy);
    expect(items.map(({ key, payload }) => [key, payload === null])).toEqual([
      ['1', false],
      ['2', true],
      ['3', false],
    ]);
    expect([items[1]?.bytes, next]).toEqual([LARGEST_PAYLOAD + `2${D}2.50`.length, null]);
  });

  it('tells trouble of the target by name', async () => {
    const copy = await copier(target, memorySource(rows(1, 1)).connector);
    await copy.commit();
    const table = await copy.table();
    await target.sql('BEGIN');
    await target.sql(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
    expect(await faultOf(read(copy))).toBe('TARGET_UNAVAILABLE');
    await target.sql('ROLLBACK');
    expect((await read(copy)).items).toHaveLength(1);
  }, 30_000);
});

describe('paging while a run commits', () => {
  it('gives each element that stays exactly once', async () => {
    const texts = columns.map((column) => (column.name === 'id' ? { ...column, type: 'text' } : column));
    const source = memorySource(rows(1000, 1999), texts);
    const copy = await copier(target, source.connector);
    await copy.commit();
    const stays = Array.from({ length: 1000 }, (_, i) => String(1000 + i)).filter((id) => !id.endsWith('77'));
    let committing: Promise<unknown> = Promise.resolve();
    const seen = await walk(copy, { limit: 7 }, async (pages) => {
      if (pages % 20 !== 0) return;
      await committing;
      source.insert(...Array.from({ length: 30 }, (_, i) => row(0, { id: `${1000 + i * 33}.${pages}` })));
      for (const id of [1100, 1500, 1900]) source.put(row(id, { note: `changed ${pages}` }));
      source.delete(D, `1${(9 - pages / 20).toString()}77`);
      committing = copy.commit(); // goes on while the next pages are read
    });
    await committing;
    expect(seen.filter((key) => stays.includes(key))).toEqual(stays);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(1000);
  });

  it('is as fast behind 199,000 elements as at the first: a scan per element would take minutes', async () => {
    const { source, copy } = await copyOf(
      `CREATE TABLE t (id int PRIMARY KEY, day date, note text);
       INSERT INTO t SELECT g, '${D}', repeat(md5(g::text), 5) FROM generate_series(1, 200000) g; ANALYZE t`,
    );
    for (const after of [null, '54000', '99500']) {
      const began = performance.now();
      const page = await read(copy, { after, limit: 500 });
      expect(page.items.length).toBe(500);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
    await source.dispose();
  });
});
