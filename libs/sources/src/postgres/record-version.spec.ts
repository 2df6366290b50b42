import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyText, recordText, recordVersion } from '../memory/record-text';
import { openBench } from './database.fixture';
import type { Bench } from './database.fixture';
import { DIGEST_TEST_VECTORS } from './digest-test-vectors';
import { quoteIdentifier, quoteLiteral, textArrayLiteral } from './quoting';
import {
  agreedHashes,
  hashVectorAgrees,
  hashVectorSql,
  keyTextSql,
  recordVersionSql,
} from './record-version';

/** What PostgreSQL can hold: no NUL, no lone surrogate. */
const pgText = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ' '));
const oddText = fc.string({
  unit: fc.constantFrom(...Array.from('\\"\'(){},\t\n\r\v\f\b \u0001\u007f\u0085\u00a0åàÅ\u2028日😀aN.$')),
  maxLength: 12,
});
const value = fc.option(fc.oneof(pgText, oddText));

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.dispose());

describe('the version of a record', () => {
  it('agrees with its test vectors, on this server and by what memory computes', async () => {
    for (const hash of ['hashtextextended', 'md5'] as const) {
      expect(hashVectorAgrees(hash, await bench.sql(hashVectorSql(hash)))).toBe(true);
    }
    expect(await agreedHashes((sql) => bench.sql(sql))).toEqual(['hashtextextended', 'md5']);
    expect(DIGEST_TEST_VECTORS.length).toBeGreaterThan(10);
  });

  it('does not agree when a single vector differs', async () => {
    const rows = await bench.sql(hashVectorSql('md5'));
    expect(hashVectorAgrees('hashtextextended', rows)).toBe(false);
    expect(hashVectorAgrees('md5', rows.slice(1))).toBe(false);
    expect(hashVectorAgrees('md5', [...rows, rows[0]!])).toBe(false);
    expect(hashVectorAgrees('md5', [...rows.slice(1), rows[0]!])).toBe(false);
  });

  it('is md5 only where the server does not keep UTF-8', async () => {
    expect(await agreedHashes(() => Promise.resolve([{ encoding: 'LATIN1' }]))).toEqual(['md5']);
  });

  it('is over the columns named, whatever the columns are called', async () => {
    await bench.sql(
      `CREATE TABLE s (s text, "order" text, "a""b" text); INSERT INTO s VALUES ('x', NULL, '')`,
    );
    const columns = ['s', 'order', 'a"b'].map((name) => `s.${quoteIdentifier(name)}`);
    const version = async (named: readonly string[]): Promise<string | null | undefined> =>
      (await bench.sql(`SELECT (${recordVersionSql('md5', named)})::text AS version FROM s`))[0]?.['version'];
    expect(await version(columns)).toBe(String(recordVersion(['x', null, ''])));
    expect(await version(columns.slice(0, 1))).toBe(String(recordVersion(['x'])));
    expect(await version(columns.slice(1, 2))).toBe(String(recordVersion([null])));
    expect(() => recordVersionSql('md5', [])).toThrow('at least one column');
  });

  it('is in memory what PostgreSQL computes, for any texts', async () => {
    const record = fc.array(value, { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 20, maxLength: 40 }), async (records) => {
        const rows = records.map((texts) => {
          const items = texts.map((text) => (text === null ? 'NULL::text' : `${quoteLiteral(text)}::text`));
          return `SELECT ROW(${items.join(', ')})::text AS record, (${recordVersionSql('md5', items)})::text AS version`;
        });
        const found = await bench.sql(rows.join(' UNION ALL '));
        expect(found).toEqual(
          records.map((texts) => ({ record: recordText(texts), version: String(recordVersion(texts)) })),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('the text of a key', () => {
  it('is that of one column, the JSON array of several, and NULL if any of them is', async () => {
    const [row] =
      await bench.sql(`SELECT ${keyTextSql(['7'])} AS one, ${keyTextSql(["'a'::text", '1.50', "'a\"\\b'::text"])} AS many,
      ${keyTextSql(["'a'::text", 'NULL::text'])} AS nulls`);
    expect(row).toEqual({ one: '7', many: '["a", "1.50", "a\\"\\\\b"]', nulls: null });
  });

  it('is in memory what PostgreSQL computes, for any texts', async () => {
    const key = fc.array(value, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(key, { minLength: 20, maxLength: 40 }), async (keys) => {
        const rows = keys.map((texts) => {
          const items = texts.map((text) => (text === null ? 'NULL::text' : `${quoteLiteral(text)}::text`));
          return `SELECT ${keyTextSql(items)} AS key`;
        });
        expect(await bench.sql(rows.join(' UNION ALL '))).toEqual(
          keys.map((texts) => ({ key: keyText(texts) })),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe('quoting', () => {
  it('brings any text to the server as it is, alone and in an array', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(pgText, oddText), { maxLength: 20 }), async (texts) => {
        const [row] = await bench.sql(
          `SELECT array_to_json(${textArrayLiteral(texts)})::text AS back,
            array_to_json(ARRAY[${texts.map(quoteLiteral).join(', ')}]::text[])::text AS singly`,
        );
        expect(JSON.parse(row?.['back'] ?? '')).toEqual(texts);
        expect(JSON.parse(row?.['singly'] ?? '')).toEqual(texts);
      }),
      { numRuns: 50 },
    );
  });

  it('makes an identifier of any name', async () => {
    const name = fc.oneof(pgText, oddText).filter((text) => text !== '' && Buffer.byteLength(text) <= 63);
    await fc.assert(
      fc.asyncProperty(name, async (text) => {
        const { fields } = await bench.client.query(`SELECT 1 AS ${quoteIdentifier(text)}`);
        expect(fields.map((field) => field.name)).toEqual([text]);
      }),
      { numRuns: 100 },
    );
  });

  it('leaves out of an array what no table can hold', () => {
    expect(textArrayLiteral(['a\0b', '\uD800', 'x', '😀'])).toBe(`'{"x","😀"}'::text[]`);
  });
});
