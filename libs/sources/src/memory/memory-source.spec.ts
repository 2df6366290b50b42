import { describe, expect, it } from '@jest/globals';
import { SourceFault } from '../port';
import type { SessionOptions, SourceColumn } from '../port';
import { censusObject, faultOf, readCopyRows, readFingerprints } from '../testing/reading';
import { createMemorySource } from './memory-source';
import type { MemorySource } from './memory-source';

const COLUMNS: readonly SourceColumn[] = [
  { name: 'shop', type: 'integer', role: 'key' },
  { name: 'no', type: 'text', role: 'key' },
  { name: 'day', type: 'date', role: 'day' },
  { name: 'amount', type: 'numeric', role: 'payload' },
];
const MD5: SessionOptions = { hashes: ['hashtextextended', 'md5'] };
const DAY = '2026-03-01';
const row = (no: string, day: string | null = DAY): Record<string, string | null> => ({
  shop: '1',
  no,
  day,
  amount: '1.50',
});

const make = (): MemorySource =>
  createMemorySource({
    columns: COLUMNS,
    rows: [row('a'), row('b'), row('c', null), row('d', 'infinity'), row('e', '0001-12-31 BC')],
    now: () => '2026-03-10T00:00:00.000001Z',
    retentionDays: 7,
  });

describe('a source in memory', () => {
  it('reads as a PostgreSQL of the same columns would', async () => {
    const session = await make().connector.open(MD5);
    expect(session.description).toEqual({
      columns: COLUMNS,
      key: ['shop', 'no'],
      version: { kind: 'record', hash: 'md5' },
    });
    expect(await readCopyRows(session.elements(DAY, ['["1", "a"]']))).toEqual([
      [DAY, '["1", "a"]', '1', 'a', DAY, '1.50'],
    ]);
    expect((await session.census()).unreadable).toEqual({
      count: 3,
      reasons: ['NULL', 'infinity', 'before 0001-01-01'],
    });
    expect(await session.retention()).toEqual({ days: 7, oldestDay: DAY });
  });

  it('is purged as by a cleaner', async () => {
    const source = make();
    source.insert(row('f', '2026-02-27'), row('g', '2026-02-28'));
    source.purgeBefore('2026-02-28');
    const session = await source.connector.open(MD5);
    expect(Object.keys(censusObject(await session.census()))).toEqual(['2026-02-28', DAY]);
  });

  it('fails as it was told, and dies of it', async () => {
    const source = make();
    const fault = new SourceFault('SOURCE_UNREACHABLE', 'gone', { retryable: true });
    source.failAt({ step: 'open', fault, times: 2 });
    source.failAt({ step: 'fingerprints', fault, day: DAY, afterRows: 1 });
    expect(await faultOf(source.connector.open(MD5))).toBe(fault);
    expect(await faultOf(source.connector.open(MD5))).toBe(fault);
    const session = await source.connector.open(MD5);
    expect(await readFingerprints(session, '2026-03-02')).toEqual([]);
    expect(await faultOf(readFingerprints(session, DAY))).toBe(fault);
    expect((await faultOf(session.census())).code).toBe('SOURCE_SESSION_CLOSED');
    expect(source.openSessions()).toBe(0);
    const next = await source.connector.open(MD5);
    expect(await readFingerprints(next, DAY)).toHaveLength(2);
  });

  it('forgets its faults when it heals', async () => {
    const source = make();
    source.failAt({ step: 'census', fault: new SourceFault('SOURCE_FAILED', 'x'), times: 9 });
    const session = await source.connector.open(MD5);
    expect((await faultOf(session.census())).code).toBe('SOURCE_FAILED');
    source.heal();
    expect((await (await source.connector.open(MD5)).census()).days.size).toBe(1);
  });

  it('computes md5 only', async () => {
    expect((await faultOf(make().connector.open({ hashes: ['hashtextextended'] }))).code).toBe(
      'SOURCE_HASH_CHANGED',
    );
  });
});
