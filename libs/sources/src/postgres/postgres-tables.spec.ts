import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { censusObject, faultOf, readCopyRows, readFingerprints } from '../testing/reading';
import { connectTo, openBench } from './database.fixture';
import type { Bench } from './database.fixture';
import { quoteIdentifier } from './quoting';

const DAY = '2026-03-01';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.sql(
    `CREATE TABLE t (key text, day date, n int); INSERT INTO t VALUES ('a', '${DAY}', 1), ('b', '${DAY}', 2)`,
  );
});
afterEach(() => bench.closeSessions());
afterAll(() => bench.dispose());

const count = async (session: Awaited<ReturnType<Bench['open']>>): Promise<number | undefined> =>
  (await session.census()).days.get(DAY)?.count;

describe('what is read', () => {
  it('may be a view, a materialized view, a partitioned table or a foreign table', async () => {
    await bench.sql(`CREATE VIEW v AS SELECT * FROM t; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
      CREATE TABLE p (key text, day date, n int) PARTITION BY RANGE (day);
      CREATE TABLE p_early PARTITION OF p FOR VALUES FROM (MINVALUE) TO ('2026-03-01');
      CREATE TABLE p_late PARTITION OF p FOR VALUES FROM ('2026-03-01') TO (MAXVALUE);
      INSERT INTO p SELECT * FROM t; INSERT INTO p VALUES ('z', '2020-01-01', 0)`);
    const url = new URL(bench.url);
    await bench.sql(`CREATE EXTENSION postgres_fdw;
      CREATE SERVER loop FOREIGN DATA WRAPPER postgres_fdw
        OPTIONS (host '${url.hostname}', port '${url.port}', dbname '${url.pathname.slice(1)}');
      CREATE USER MAPPING FOR CURRENT_USER SERVER loop
        OPTIONS (user '${url.username}', password '${decodeURIComponent(url.password)}');
      CREATE FOREIGN TABLE f (key text, day date, n int) SERVER loop OPTIONS (table_name 't')`);
    const plain = censusObject(await (await bench.open({})).census());
    for (const table of ['v', 'm', 'p', 'f']) {
      const session = await bench.open({ table: `public.${table}` });
      expect((await session.census([DAY])).days.get(DAY)).toEqual(plain[DAY]);
      expect(await readFingerprints(session, DAY)).toHaveLength(2);
      await session.close();
    }
  });

  it('needs no more than the right to select from it', async () => {
    const reader = await bench.role('modest');
    await bench.sql(`CREATE TABLE parts (key text, day date) PARTITION BY LIST (key);
      CREATE TABLE part_a PARTITION OF parts FOR VALUES IN ('a'); INSERT INTO parts VALUES ('a', '${DAY}');
      CREATE VIEW above AS SELECT t.key, t.day FROM t JOIN parts USING (key);
      CREATE MATERIALIZED VIEW kept AS SELECT * FROM parts;
      GRANT SELECT ON parts, above, kept TO ${reader.name}`);
    for (const table of ['parts', 'above', 'kept']) {
      expect(await count(await bench.open({ ...reader, table: `public.${table}` }))).toBe(1);
    }
  });

  it('may have any names', async () => {
    const names = [
      'order',
      'a"b',
      "it's",
      'a.b',
      'Größe 日本 😀',
      '\\',
      '$1',
      '%s',
      'tab\there',
      'x'.repeat(63),
      'é'.repeat(31),
    ];
    for (const [index, name] of names.entries()) {
      const id = quoteIdentifier(name);
      await bench.sql(`CREATE SCHEMA ${id}; CREATE TABLE ${id}.${id} (${id} text, "s" date, "s.s" text);
        INSERT INTO ${id}.${id} VALUES ('k', '${DAY}', 'v${index}')`);
      const settings = { table: `${name}.${name}`, key: [name], day: { column: 's' } };
      const session = await bench.open(settings);
      expect(await readCopyRows(session.elements(DAY, ['k']))).toEqual([[DAY, 'k', 'k', DAY, `v${index}`]]);
      expect(await count(session)).toBe(1);
      const quoted = await bench.open({ ...settings, table: `${id}.${id}` });
      expect(await count(quoted)).toBe(1);
      await Promise.all([session.close(), quoted.close()]);
    }
  });

  it('is never guessed', async () => {
    await bench.sql(`CREATE SCHEMA "x.y"; CREATE SCHEMA x; CREATE TABLE "x.y".z (key text, day date);
      CREATE TABLE x."y.z" (key text, day date); CREATE SEQUENCE public.q`);
    const unknown = [
      'public.none',
      'none.t',
      't',
      'Public.t',
      'public.T',
      'public.t; DROP TABLE t',
      'x.y.z',
      'public.q',
      '',
      'public.t\0',
    ];
    for (const table of unknown) {
      expect(await faultOf(bench.open({ table }))).toMatchObject({
        code: 'SOURCE_TABLE_UNKNOWN',
        path: 'connector.table',
        retryable: false,
      });
    }
    const exact = await bench.open({ table: '"x"."y.z"' });
    expect(exact.description.columns.map(({ name }) => name)).toEqual(['key', 'day']);
  });

  it('has the key columns that the settings name', async () => {
    const refusals = [
      [['nothing'], 'connector.key[0]'],
      [['key', 'KEY'], 'connector.key[1]'],
      [['xmin'], 'connector.key[0]'],
      [[], 'connector.key'],
      [['key', 'key'], 'connector.key'],
    ] as const;
    for (const [key, path] of refusals) {
      expect(await faultOf(bench.open({ key }))).toMatchObject({ code: 'SOURCE_COLUMN_UNKNOWN', path });
    }
  });

  it('may have a key of several columns, or none in some rows', async () => {
    await bench.sql(`CREATE TABLE composite (a int, b text, day date);
      INSERT INTO composite VALUES (1, 'x,"y"', '${DAY}'), (12, '', '${DAY}'), (1, '2', '${DAY}'), (NULL, 'n', '${DAY}'), (2, NULL, '${DAY}')`);
    const session = await bench.open({ table: 'public.composite', key: ['a', 'b'] });
    const keys = (await readFingerprints(session, DAY)).map(([key]) => key);
    expect(keys.sort()).toEqual(['["1", "2"]', '["1", "x,\\"y\\""]', '["12", ""]', null, null].sort());
    const asked = await readCopyRows(
      session.elements(DAY, ['["1", "x,\\"y\\""]', '["12", ""]', '["1","2"]']),
    );
    expect(asked.map((row) => row.slice(2, 4)).sort()).toEqual([
      ['1', 'x,"y"'],
      ['12', ''],
    ]);
    const turned = await bench.open({ table: 'public.composite', key: ['b', 'a'] });
    expect((await readFingerprints(turned, DAY)).map(([key]) => key)).toContain('["2", "1"]');
    expect(turned.description.key).toEqual(['b', 'a']);
  });

  it.each([
    'int',
    'bigint',
    'uuid',
    'numeric',
    'varchar(40)',
    'char(40)',
    'bytea',
    'timestamptz',
    'text COLLATE "C"',
    'date',
  ])('is found by a key of type %s', async (type) => {
    const values: Record<string, string[]> = {
      uuid: ['00000000-0000-0000-0000-00000000000a', 'ffffffff-0000-0000-0000-00000000000a'],
      timestamptz: ['2026-01-01 00:00:00+00', '2026-01-01 00:00:00.000001+00'],
      bytea: ['\\x00ff', '\\x'],
      date: ['2026-01-01', 'infinity'],
    };
    const texts = values[type] ?? ['7', '-12'];
    await bench.sql(`DROP TABLE IF EXISTS typed; CREATE TABLE typed (key ${type}, day date)`);
    for (const text of texts) {
      await bench.client.query(`INSERT INTO typed VALUES ($1, '${DAY}')`, [text]);
    }
    const session = await bench.open({ table: 'public.typed' });
    for (const text of texts) {
      expect((await readCopyRows(session.elements(DAY, [text]))).map((row) => row[1])).toEqual([text]);
    }
    expect(await readCopyRows(session.elements(DAY, texts))).toHaveLength(2);
    await session.close();
  });

  it('is read as it was, whatever wants to drop, truncate or rewrite it', async () => {
    await bench.sql(`CREATE TABLE held AS SELECT * FROM t`);
    const session = await bench.open({ table: 'public.held' });
    const other = await connectTo(bench.url);
    await other.query(`SET lock_timeout = '50ms'`);
    for (const change of [
      'TRUNCATE held',
      'DROP TABLE held',
      'ALTER TABLE held ALTER COLUMN n TYPE bigint',
    ]) {
      await expect(other.query(change)).rejects.toMatchObject({ code: '55P03' });
    }
    expect(await count(session)).toBe(2);
    await session.close();
    await other.query('DROP TABLE held');
    await other.end();
  });
});

describe('what the role is or sets', () => {
  it('hides no rows without a fault', async () => {
    const reader = await bench.role('policed');
    await bench.sql(`CREATE TABLE policed AS SELECT * FROM t; ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
      CREATE POLICY none ON policed USING (n > 1); GRANT SELECT ON policed TO ${reader.name};
      CREATE VIEW over AS SELECT * FROM policed; ALTER VIEW over OWNER TO ${reader.name}`);
    const hidden = { code: 'SOURCE_ROWS_HIDDEN', path: 'connector.table', retryable: false };
    expect(await faultOf(bench.open({ ...reader, table: 'public.policed' }))).toMatchObject(hidden);
    const view = await bench.open({ ...reader, table: 'public.over' });
    expect(await faultOf(view.census())).toMatchObject(hidden);
    const all = await bench.open({ table: 'public.policed' });
    expect(await count(all)).toBe(2);
  });

  it('does not change a version', async () => {
    const reader = await bench.role('hostile');
    await bench.sql(`CREATE SCHEMA trap; CREATE TABLE values_of_all (key int, day date, at timestamptz, span interval, real real,
        double float8, bytes bytea, money money, doc xml, class regclass, arr timestamptz[]);
      INSERT INTO values_of_all VALUES (1, '${DAY}', '2026-03-01 12:00:00.123456+00', '1 mon -2 days 03:04:05', 0.1::float4, 0.1::float8 + 0.2::float8,
        '\\x00ff', '-1234.5'::numeric::money, '<a/>', 'public.values_of_all', ARRAY['2026-03-01 12:00+00'::timestamptz]);
      CREATE FUNCTION trap.md5(text) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$;
      GRANT USAGE ON SCHEMA trap TO ${reader.name}; GRANT SELECT ON values_of_all TO ${reader.name}`);
    const table = 'public.values_of_all';
    const plain = await bench.open({ table }, { hashes: ['md5'] });
    const expected = await readFingerprints(plain, DAY);
    const settings = [
      `DateStyle = 'SQL, DMY'`,
      `TimeZone = 'Asia/Tokyo'`,
      `IntervalStyle = 'iso_8601'`,
      'extra_float_digits = -15',
      `bytea_output = 'escape'`,
      'search_path = trap, public, pg_catalog',
      'standard_conforming_strings = off',
      'quote_all_identifiers = on',
      `client_encoding = 'LATIN1'`,
      'idle_in_transaction_session_timeout = 1',
      'row_security = on',
      `default_transaction_isolation = 'read committed'`,
      'enable_seqscan = off',
    ];
    for (const setting of settings) {
      await bench.sql(`ALTER ROLE ${reader.name} SET ${setting}`);
    }
    const session = await bench.open({ ...reader, table }, { hashes: ['md5'] });
    expect(session.description).toEqual(plain.description);
    expect(await readFingerprints(session, DAY)).toEqual(expected);
    expect(await readCopyRows(session.elements(DAY))).toEqual(await readCopyRows(plain.elements(DAY)));
    expect(await count(session)).toBe(1);
  });
});
