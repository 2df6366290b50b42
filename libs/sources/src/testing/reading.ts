import { setTimeout as wait } from 'node:timers/promises';
import { SourceFault } from '../port';
import type { Census, SnapshotSession } from '../port';

const UNESCAPED: ReadonlyMap<string, string> = new Map([
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
]);

const field = (text: string): string | null =>
  text === '\\N' ? null : text.replace(/\\(.)/gs, (_, found: string) => UNESCAPED.get(found) ?? found);

/** All rows of a stream in COPY's text format, for tests: data paths leave them as bytes. */
export const readCopyRows = async (stream: AsyncIterable<unknown>): Promise<(string | null)[][]> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk as Buffer);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n');
  return lines.map((line) => line.split('\t').map(field));
};

export interface ReadElement {
  readonly day: string | null;
  readonly key: string | null;
  readonly content: string | null;
}

const byText = (a: ReadElement, b: ReadElement): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);

/** The elements of a day with their `content`, in an order of their own. */
export const readElements = async (
  session: SnapshotSession,
  day: string,
  keys?: readonly string[],
): Promise<ReadElement[]> => {
  const column = session.description.columns.findIndex(({ name }) => name === 'content') + 2;
  const rows = await readCopyRows(session.elements(day, keys));
  return rows
    .map((row) => ({ day: row[0] ?? null, key: row[1] ?? null, content: row[column] ?? null }))
    .sort(byText);
};

/** The fingerprints of a day as pairs, ordered. */
export const readFingerprints = async (
  session: SnapshotSession,
  day: string,
): Promise<[string | null, bigint][]> => {
  const rows = await readCopyRows(session.fingerprints(day));
  const pairs = rows.map(([key, version]): [string | null, bigint] => [key ?? null, BigInt(version ?? '')]);
  return pairs.sort((a, b) => (String(a) < String(b) ? -1 : 1));
};

/** A census as a plain object. */
export const censusObject = (census: Census): Record<string, { count: number; digest: string }> =>
  Object.fromEntries(census.days);

/** The fault with which a promise ends; anything else is thrown. */
export const faultOf = async (promise: Promise<unknown>): Promise<SourceFault> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof SourceFault) {
      return error;
    }
    throw error;
  }
  throw new Error('It should have failed.');
};

/** Waits until the source serves so many snapshots, five seconds at most. */
export const settled = async (served: () => Promise<number>, expected: number): Promise<number> => {
  let now = await served();
  for (let round = 0; round < 250 && now !== expected; round += 1) {
    await wait(20);
    now = await served();
  }
  return now;
};
