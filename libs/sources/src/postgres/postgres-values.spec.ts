import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { from } from 'pg-copy-streams';
import type { HashAlgorithm } from '../port';
import { readFingerprints } from '../testing/reading';
import { openBench } from './database.fixture';
import type { Bench } from './database.fixture';
import { PINNED_TEXT_SETTINGS_SQL } from './pinned-settings';
import { quoteIdentifier } from './quoting';
import { digestSql, recordVersionSql } from './record-version';

const DAY = '2026-03-01';

/** Types and values with the extremes of each; NULL is added to all. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  smallint: ['-32768', '32767'],
  bigint: ['-9223372036854775808', '9223372036854775807', '0'],
  numeric: ['NaN', 'Infinity', '-Infinity', `${'9'.repeat(600)}.${'1'.repeat(400)}`, '1.50', '-0.000'],
  real: ['NaN', '-0', '1e-45', '3.4028235e38', '0.1'],
  'double precision': ['Infinity', '-0', '5e-324', '1.7976931348623157e308', '0.30000000000000004'],
  boolean: ['t', 'f'],
  text: ['', ' ', '\\N', 'tab\t line\n cr\r', '"(),\\', '\u0001\u007f\u0085\u00a0 è e\u0301 日本 😀'],
  'character(5)': ['a', 'abcde', ''],
  'character varying(5)': ['a  ', ''],
  name: ['pg', ''],
  '"char"': ['a'],
  bytea: ['\\x', '\\x00ff5c0a'],
  uuid: ['00000000-0000-0000-0000-000000000000'],
  date: ['infinity', '-infinity', '4713-01-01 BC', '5874897-12-31'],
  time: ['00:00:00', '24:00:00', '23:59:59.999999'],
  timetz: ['00:00:00+15:59', '12:00:00.000001-15:59'],
  timestamp: ['infinity', '294276-12-31 23:59:59.999999', '4713-01-01 00:00:00 BC'],
  timestamptz: ['-infinity', '2026-03-29 02:30:00+02', '0001-01-01 00:00:00+00'],
  interval: ['1 year -2 mons +3 days -04:05:06.789', '178000000 years', '00:00:00'],
  json: ['{"a": 1, "a" : 1e400}', ' [ ] ', '"\\ud83d\\ude00"'],
  jsonb: ['{"b": 1.10, "a": null}', '"\\n"'],
  xml: ['<a b="1">x &amp; y</a>', 'text'],
  inet: ['::1/128', '10.0.0.1/8'],
  cidr: ['10.0.0.0/8'],
  macaddr: ['08:00:2b:01:02:03'],
  bit: ['1'],
  'bit varying': ['', '10101'],
  money: ['-92233720368547758.08', '0.01'],
  point: ['(1e-300,-0)'],
  polygon: ['((0,0),(1,1))'],
  int4range: ['empty', '[1,5)', '(,)'],
  tstzrange: ['["2026-01-01 00:00:00+00",infinity)'],
  tsvector: ["'a':1A 'it''s':2"],
  pg_lsn: ['FFFFFFFF/FFFFFFFF'],
  'integer[]': ['{}', '{1,NULL,3}', '[0:1]={1,2}'],
  'text[]': ['{"",NULL,"NULL","a,b","\\"","\\\\"}'],
  'timestamptz[]': ['{"2026-01-01 00:00:00+00",infinity}'],
  oid: ['4294967295'],
  mood: ['so so', '"'],
  pair: ['(1,"a ""b""")', '(,)'],
  short: ['x'],
};

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.sql(`CREATE TYPE mood AS ENUM ('so so', '"'); CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN short AS text CHECK (length(value) < 9)`);
});
afterAll(() => bench.dispose());

const makeTables = async (): Promise<void> => {
  const columns = Object.keys(TYPES).map((type, index) => `c${index} ${type}`);
  await bench.sql(`CREATE TABLE t (key text, day date, ${columns.join(', ')})`);
  await bench.sql(`CREATE TABLE copy (of_day date, of_key text, key text, day date, ${columns.join(', ')})`);
  await bench.sql(`INSERT INTO t VALUES ('nulls', '${DAY}')`);
  for (const [index, values] of Object.values(TYPES).entries()) {
    for (const [at, value] of values.entries()) {
      await bench.client.query(`INSERT INTO t (key, day, c${index}) VALUES ($1, '${DAY}', $2)`, [
        `${index} ${at}`,
        value,
      ]);
    }
  }
};

it('copies values of every common type so that a second table computes the same versions', async () => {
  await makeTables();
  const hashes: readonly HashAlgorithm[] = ['hashtextextended', 'md5'];
  for (const hash of hashes) {
    const session = await bench.open({}, { hashes: [hash] });
    const { client } = bench;
    await client.query('BEGIN');
    await client.query(PINNED_TEXT_SETTINGS_SQL);
    await client.query('TRUNCATE public.copy');
    await pipeline(session.elements(DAY), client.query(from('COPY public.copy FROM STDIN')));
    const version = recordVersionSql(
      hash,
      session.description.columns.map(({ name }) => `c.${quoteIdentifier(name)}`),
    );
    const { rows } = await client.query<{ key: string; version: string }>(
      `SELECT of_key AS key, ${version}::text AS version FROM public.copy c`,
    );
    const digest = await client.query<{ digest: string }>(
      `SELECT ${digestSql(version)} AS digest FROM public.copy c`,
    );
    await client.query('COMMIT');
    const computed = rows.map((row): [string, bigint] => [row.key, BigInt(row.version)]);
    const asked = await readFingerprints(session, DAY);
    expect(computed.sort((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(asked);
    expect((await session.census()).days.get(DAY)).toEqual({
      count: asked.length,
      digest: digest.rows[0]?.digest,
    });
    expect(new Set(asked.map(([, each]) => each)).size).toBe(asked.length);
    await session.close();
  }
});
