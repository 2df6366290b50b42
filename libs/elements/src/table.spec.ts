import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPostgresConnector } from '@daymark/sources/postgres';
import {
  columns,
  connectTo,
  copier,
  D,
  memorySource,
  openTarget,
  row,
  rows,
  tableSource,
  type Copier,
  type TableSource,
  type Target,
} from '../test/bench';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.dispose());

async function shapeOf(schema: string, table: string): Promise<string[]> {
  const found = await target.sql(
    `SELECT attname || ' ' || format_type(atttypid, atttypmod) AS column FROM pg_attribute
     WHERE attrelid = format('%I.%I', $1::text, $2::text)::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    [schema, table],
  );
  return found.map(({ column }) => column ?? '');
}

async function commitAll(copy: Copier): Promise<void> {
  const session = await copy.open();
  const days = [...(await session.census()).days.keys()];
  await session.close();
  for (const day of days) {
    const summary = await copy.commit({ day, seal: true });
    expect(summary.digest).toBe(summary.sourceDigest);
  }
}

const EVERY_TYPE = `CREATE TABLE t (
  id bigint NOT NULL, day date NOT NULL, a smallint, b integer, c numeric, d numeric(12,3), e real, f double precision,
  g boolean, h text, i varchar(20), j char(6), k bytea, l timestamp, m timestamptz, n timestamptz(3), o time, p interval,
  q uuid, r json, s jsonb, t inet, u int4range, v text[], w numeric[], x "char", y name, z money, aa bit(5), ab point,
  ac tsvector, ad timetz, ae int4multirange, af macaddr, ag oid, ah pg_lsn, ai cidr, aj varbit, ak jsonpath);
  INSERT INTO t SELECT g, date '2026-02-27' + (g % 3)::int, g, g * 1000, g / 7.0, g / 3.0, g / 3.0, g / 3.0, g % 2 = 0, E'tab\\t"q" \\\\ ' || g,
    'v' || g, 'c' || g, decode(md5(g::text), 'hex'), timestamp '2026-03-29 02:30:00.123456' + g * interval '1 min',
    timestamptz '2026-03-29 02:30:00+00' + g * interval '1 min', now(), time '12:00' + g * interval '1 s',
    make_interval(months => g::int, days => -g::int, secs => g), gen_random_uuid(), '{"a":  1.10, "a": 2}', '{"a": 1.10}',
    '10.0.0.1/8', int4range(g::int, g::int + 5), ARRAY['a', NULL, '"', ''], ARRAY[1.10, NULL, 'NaN'], 'x', 'name' || g,
    (g * 1.5)::numeric::money, '10101', point(g, -g), to_tsvector('simple', 'a fat cat'), '12:00+02', '{[1,3),[5,7)}', '08:00:2b:01:02:03', g::oid,
    '16/B374D848', '10.0.0.0/8', '101', '$.a[*]' FROM generate_series(1, 40) g;
  INSERT INTO t (id, day, e, f, c) VALUES (41, '2026-02-27', 'NaN', '-Infinity', 'NaN'), (42, '2026-02-27', '-0', '-0', 0);
  INSERT INTO t (id, day, l, m) VALUES (43, '2026-02-27', 'infinity', '-infinity')`;

describe('the view of a source', () => {
  let source: TableSource;
  afterAll(() => source.dispose());

  it('has the source’s columns, names, types and order, and the same content both ways', async () => {
    source = await tableSource(EVERY_TYPE, { table: 'public.t', key: ['id'], day: 'day' });
    const copy = await copier(target, source.connector, { name: 'every_type' });
    await commitAll(copy);
    const theirs = await source.sql(`SELECT attname || ' ' || format_type(atttypid, atttypmod) AS column
      FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 ORDER BY attnum`);
    expect(await shapeOf('copy', 'every_type')).toEqual(theirs.map(({ column }) => column));
    const text = 'SELECT ROW(x.*)::text AS line FROM %s x';
    const ours = await target.sql(`${text.replace('%s', 'copy.every_type')} ORDER BY id`);
    expect(ours).toEqual(await source.sql(`${text.replace('%s', 't')} ORDER BY id`));
  });
});

describe('where source and target are in reach of one session', () => {
  it('EXCEPT ALL is empty both ways', async () => {
    await target.sql(
      `CREATE TABLE public.orders (id int NOT NULL, day date NOT NULL, note text, at timestamptz)`,
    );
    await target.sql(`INSERT INTO public.orders SELECT g, date '2026-01-01' + g % 5, nullif('n' || g % 7, 'n3'), now()
      FROM generate_series(1, 500) g`);
    const url = new URL(target.url);
    const password = decodeURIComponent(url.password);
    url.password = '';
    const connector = createPostgresConnector({
      url: url.href,
      password: () => Promise.resolve(password),
      table: 'public.orders',
      key: ['id'],
      day: { column: 'day' },
      timeZone: 'UTC',
    });
    const copy = await copier(target, connector, { name: 'orders' });
    await commitAll(copy);
    await target.sql(`UPDATE public.orders SET note = 'changed' WHERE id % 11 = 0`);
    await target.sql(`DELETE FROM public.orders WHERE id % 50 = 0`);
    await target.sql(`INSERT INTO public.orders VALUES (1000, '2026-01-02', 'new', NULL)`);
    await commitAll(copy);
    for (const [a, b] of [
      ['copy.orders', 'public.orders'],
      ['public.orders', 'copy.orders'],
    ] as const) {
      expect(
        await target.sql(`SELECT id::text FROM (SELECT * FROM ${a} EXCEPT ALL SELECT * FROM ${b}) d`),
      ).toEqual([]);
    }
  });
});

describe('a renamed source', () => {
  async function copied(name: string, sourceId: string = randomUUID()): Promise<Copier> {
    const copy = await copier(target, memorySource(rows(1, 2)).connector, { name, sourceId });
    await copy.commit();
    await target.elements.release(copy.lease);
    return copy;
  }

  it('keeps its view with its grants, under the new name', async () => {
    const reader = `reader_${randomUUID().slice(0, 8)}`;
    await target.sql(`CREATE ROLE ${reader}`);
    const { sourceId } = await copied('before_it');
    await target.sql(`GRANT SELECT ON copy.before_it TO ${reader}`);
    await copied('after_it', sourceId);
    const [granted] = await target.sql(
      `SELECT has_table_privilege($1, 'copy.after_it', 'SELECT')::text AS may`,
      [reader],
    );
    expect(granted?.['may']).toBe('true');
    expect(await target.sql(`SELECT to_regclass('copy.before_it')::text AS old`)).toEqual([{ old: null }]);
    await target.sql(`DROP OWNED BY ${reader}`);
    await target.sql(`DROP ROLE ${reader}`);
  });

  it('follows without a run, and again is nothing', async () => {
    const { sourceId } = await copied('slow_one');
    await target.elements.rename({ id: sourceId, name: 'quick_one' });
    await target.elements.rename({ id: sourceId, name: 'quick_one' });
    expect(await target.sql('SELECT count(*)::text FROM copy.quick_one')).toEqual([{ count: '2' }]);
  });

  it('of which nothing was copied yet has no view to rename', async () => {
    await expect(target.elements.rename({ id: randomUUID(), name: 'never' })).resolves.toBeUndefined();
  });

  it('makes room for another source that takes its old name first', async () => {
    const { sourceId } = await copied('wanted_name');
    const other = await copied('wanted_name');
    expect(await target.sql('SELECT count(*)::text FROM copy.wanted_name')).toEqual([{ count: '2' }]);
    await target.elements.rename({ id: sourceId, name: 'first_of_it' });
    expect(await target.sql('SELECT count(*)::text FROM copy.first_of_it')).toEqual([{ count: '2' }]);
    await target.elements.rename({ id: other.sourceId, name: 'first_of_it' });
    await target.elements.rename({ id: sourceId, name: 'wanted_name' });
    for (const view of ['first_of_it', 'wanted_name'])
      expect(await target.sql(`SELECT count(*)::text FROM copy.${view}`)).toEqual([{ count: '2' }]);
  });
});

describe('odd identifiers', () => {
  const long = 'ü'.repeat(31) + 'x';
  const names = [
    'order',
    'say "hi"',
    'Größe 日本',
    'daymark_day',
    'daymark_key',
    'daymark_key_',
    'semi;colon',
    "it's",
    long,
    'SELECT',
    't',
    's',
  ];

  it('are copied as they stand, also a source column with the name of one of ours', async () => {
    const quoted = names.map((name) => `"${name.replaceAll('"', '""')}"`);
    const source = await tableSource(
      `CREATE TABLE "my ""table""" (${quoted.map((name) => `${name} text`).join(', ')}, "the day" date);
       INSERT INTO "my ""table""" SELECT ${quoted.map((_, i) => `'${i}-' || g`).join(', ')}, '${D}' FROM generate_series(1, 20) g;`,
      { table: 'public.my "table"', key: ['order', 'say "hi"'], day: 'the day' },
    );
    const copy = await copier(target, source.connector, { name: 'odd' });
    await commitAll(copy);
    await source.sql(
      `UPDATE "my ""table""" SET "daymark_day" = 'changed', "${long}" = NULL WHERE "order" = '0-3'`,
    );
    await source.sql(`DELETE FROM "my ""table""" WHERE "order" = '0-4'`);
    expect((await copy.commit()).counts).toMatchObject({ changed: 1, deleted: 1, unchanged: 18 });
    expect(await shapeOf('copy', 'odd')).toEqual([...names.map((name) => `${name} text`), 'the day date']);
    const [changed] = await target.sql(
      `SELECT daymark_day, "say ""hi""" AS hi, "${long}" AS long FROM copy.odd WHERE "order" = '0-3'`,
    );
    expect(changed).toEqual({ daymark_day: 'changed', hi: '1-3', long: null });
    await source.dispose();
  });

  it('a name of 63 bytes fits', () => {
    expect(Buffer.byteLength(long)).toBe(63);
  });
});

describe('types that the target lacks', () => {
  it('show as text and have equal digests', async () => {
    const source = await tableSource(
      `CREATE TYPE mood AS ENUM ('so so', 'good'); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
       CREATE TYPE pair AS (a int, b text); CREATE SCHEMA other; CREATE TYPE other.colour AS ENUM ('red');
       CREATE TABLE t (id int, day date, m mood, p positive, c pair, ms mood[], ps pair[], o other.colour, x xml, r regclass);
       INSERT INTO t SELECT g, '${D}', CASE WHEN g % 3 > 0 THEN 'so so'::mood END, g, ROW(g, 'a "b", \\ c')::pair,
         ARRAY['good', NULL, 'so so']::mood[], ARRAY[ROW(1, NULL)::pair], 'red', '<a b="1"/>', 't' FROM generate_series(1, 30) g;
       INSERT INTO t (id, day, c) VALUES (31, '${D}', ROW(NULL, NULL)::pair), (32, '${D}', NULL)`,
      { table: 'public.t', key: ['id'], day: 'day' },
    );
    const copy = await copier(target, source.connector, { name: 'lacking' });
    await commitAll(copy);
    await source.sql(`UPDATE t SET c = ROW(7, '')::pair, m = 'good' WHERE id IN (2, 5)`);
    expect((await copy.commit()).counts).toMatchObject({ changed: 2, unchanged: 30 });
    expect((await shapeOf('copy', 'lacking')).slice(2)).toEqual(
      ['m', 'p', 'c', 'ms', 'ps', 'o', 'x', 'r'].map((name) => `${name} text`),
    );
    expect(await target.sql('SELECT c, ms FROM copy.lacking WHERE id = 5')).toEqual([
      { c: '(7,"")', ms: '{good,NULL,"so so"}' },
    ]);
    await source.dispose();
  });

  it('a type of the target with the source’s name is not taken for the source’s', async () => {
    await target.sql(`CREATE DOMAIN public.positive AS int CHECK (VALUE < 0)`);
    const changed = columns.map((column) =>
      column.name === 'amount' ? { ...column, type: 'positive' } : column,
    );
    const copy = await copier(target, memorySource([row(1, { amount: '5' })], changed).connector, {
      name: 'alike',
    });
    expect((await copy.commit()).elements).toBe(1);
    expect(await shapeOf('copy', 'alike')).toContain('amount text');
  });
});

describe('a composite key', () => {
  it('tells elements apart by all of its columns', async () => {
    const source = await tableSource(
      `CREATE TABLE t (a text, b int, day date, note text); INSERT INTO t VALUES ('x', 1, '${D}', 'one'), ('x', 2, '${D}', 'two'),
       ('["x"', 1, '${D}', 'quote'), ('x, 1', 1, '${D}', 'comma')`,
      { table: 'public.t', key: ['a', 'b'], day: 'day' },
    );
    const copy = await copier(target, source.connector, { name: 'composite' });
    await commitAll(copy);
    await source.sql(`UPDATE t SET note = 'changed' WHERE a = 'x' AND b = 2`);
    await source.sql(`DELETE FROM t WHERE a = 'x, 1'`);
    expect((await copy.commit()).counts).toMatchObject({ changed: 1, deleted: 1, unchanged: 2, inserted: 0 });
    await source.dispose();
  });
});

describe('what is kept of a source', () => {
  it('is remembered with its columns and hash', async () => {
    const copy = await copier(target, memorySource(rows(1, 1)).connector, { name: 'kept' });
    expect(await target.elements.stored(copy.sourceId)).toBeNull();
    await copy.commit();
    expect(await target.elements.stored(copy.sourceId)).toMatchObject({ columns, hash: 'md5' });
  });

  it('is dropped with its view, and what others made of it; the token still rises', async () => {
    const { elements } = target;
    const copy = await copier(target, memorySource(rows(1, 3)).connector, { name: 'dropped' });
    await copy.commit();
    await target.sql('CREATE VIEW public.report AS SELECT count(*) FROM copy.dropped');
    await elements.drop(copy.lease);
    await elements.drop(copy.lease);
    await elements.release(copy.lease);
    expect(await elements.stored(copy.sourceId)).toBeNull();
    expect(await elements.summaries(copy.sourceId)).toEqual(new Map());
    expect(await target.sql(`SELECT to_regclass('copy.dropped')::text AS view`)).toEqual([{ view: null }]);
    const again = await copier(target, memorySource(rows(1, 3)).connector, {
      name: 'dropped',
      sourceId: copy.sourceId,
    });
    expect(again.lease.token).toBe('2');
    expect(await again.commit()).toMatchObject({ revision: 1, elements: 3 });
  });

  it('belongs to one installation: the first that asks', async () => {
    const first = randomUUID();
    expect(await target.elements.installation(first)).toBe(first);
    expect(await target.elements.installation(randomUUID())).toBe(first);
  });
});

describe('a reader', () => {
  it('needs no more than USAGE on the schema and SELECT on the view', async () => {
    const copy = await copier(target, memorySource(rows(1, 3)).connector, { name: 'readable' });
    await copy.commit();
    const role = `reader_${randomUUID().slice(0, 8)}`;
    await target.sql(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
    await target.sql(`GRANT USAGE ON SCHEMA copy TO ${role}`);
    await target.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA copy TO ${role}`);
    const url = new URL(target.url);
    url.username = role;
    url.password = 'secret';
    const client = await connectTo(url.href);
    const { rows: found } = await client.query('SELECT note FROM copy.readable ORDER BY id');
    expect(found).toEqual([{ note: 'note 1' }, { note: 'note 2' }, { note: 'note 3' }]);
    await expect(client.query(`DELETE FROM copy.readable`)).rejects.toThrow(/permission denied/);
    await client.end();
    await target.sql(`DROP OWNED BY ${role}`);
    await target.sql(`DROP ROLE ${role}`);
  });
});
