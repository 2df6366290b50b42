import { randomUUID } from 'node:crypto';
import { migrate } from '@daymark/platform';
import { createTestDatabase } from '@daymark/platform/testing';
import type { SessionOptions, SnapshotSession, SourceColumn, SourceConnector } from '@daymark/sources';
import { createMemorySource, type MemoryRow, type MemorySource } from '@daymark/sources/memory';
import { createPostgresConnector } from '@daymark/sources/postgres';
import { Client, Pool } from 'pg';
import { createElements, elementsMigrations, type DayWork, type Elements, type Lease } from '../src/index';

export type Row = Record<string, string | null>;

/** A target of its own, with a door for the spec's own statements. */
export interface Target {
  readonly url: string;
  readonly pool: Pool;
  readonly elements: Elements;
  /** Every value of the statement must be text. */
  sql(text: string, values?: readonly unknown[]): Promise<Row[]>;
  dispose(): Promise<void>;
}

const schemas = { elements: 'elements', copy: 'copy' };

export async function openTarget(): Promise<Target> {
  const database = await createTestDatabase();
  const pool = new Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => undefined);
  const client = await connectTo(database.url);
  await migrate(client, { schema: schemas.elements, migrations: elementsMigrations(schemas) });
  return {
    url: database.url,
    pool,
    elements: createElements({ pool, url: database.url, schemas }),
    sql: async (text, values = []) => (await client.query<Row>(text, [...values])).rows,
    dispose: async () => {
      await client.end();
      await pool.end();
      await database.drop();
    },
  };
}

export async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export const columns: readonly SourceColumn[] = [
  { name: 'id', type: 'integer', role: 'key' },
  { name: 'day', type: 'date', role: 'day' },
  { name: 'amount', type: 'numeric', role: 'payload' },
  { name: 'note', type: 'text', role: 'payload' },
];

export const D = '2026-03-01';

export function row(id: number, values: Partial<MemoryRow> = {}): MemoryRow {
  return { id: String(id), day: D, amount: `${id}.50`, note: `note ${id}`, ...values };
}

export function rows(from: number, to: number, values: Partial<MemoryRow> = {}): MemoryRow[] {
  return Array.from({ length: to - from + 1 }, (_, i) => row(from + i, values));
}

/** A source in memory whose clock moves on by a second with each session. */
export function memorySource(given: readonly MemoryRow[], changed = columns): MemorySource {
  let second = 0;
  const now = () => `2026-03-05T00:00:${String((second += 1)).padStart(2, '0')}.000000Z`;
  return createMemorySource({ columns: changed, rows: given, now });
}

/** A database with one table, and the connector that reads it. */
export interface TableSource {
  readonly connector: SourceConnector;
  sql(text: string): Promise<Row[]>;
  dispose(): Promise<void>;
}

export async function tableSource(
  ddl: string,
  read: { table: string; key: readonly string[]; day: string },
): Promise<TableSource> {
  const database = await createTestDatabase();
  const client = await connectTo(database.url);
  await client.query(ddl);
  const url = new URL(database.url);
  const password = decodeURIComponent(url.password);
  url.password = '';
  const connector = createPostgresConnector({
    url: url.href,
    password: () => Promise.resolve(password),
    table: read.table,
    key: read.key,
    day: { column: read.day },
    timeZone: 'Europe/Rome',
  });
  return {
    connector,
    sql: async (text) => (await client.query<Row>(text)).rows,
    dispose: async () => {
      await client.end();
      await database.drop();
    },
  };
}

/** One source as a run sees it: a lease, and days that it commits one by one. */
export interface Copier {
  readonly sourceId: string;
  readonly lease: Lease;
  /** A session as a run opens it. */
  open(options?: Partial<SessionOptions>): Promise<SnapshotSession>;
  commit(work?: Partial<DayWork>): ReturnType<Awaited<ReturnType<Elements['openRun']>>['commit']>;
  /** `schema.table` of the source's elements. */
  table(): Promise<string>;
}

export async function copier(
  target: Target,
  connector: SourceConnector,
  given: { readonly name?: string; readonly sourceId?: string } = {},
): Promise<Copier> {
  const { elements } = target;
  const { name = `s_${randomUUID().slice(0, 8)}`, sourceId = randomUUID() } = given;
  const lease = await elements.acquire({ sourceId, runId: randomUUID(), holder: randomUUID() });
  if (lease === null) throw new Error(`Source ${sourceId} is taken.`);
  const open: Copier['open'] = async (options = {}) => {
    const stored = await elements.stored(sourceId);
    const wanted =
      stored === null
        ? { hashes: await elements.hashes() }
        : { hashes: [stored.hash], columns: stored.columns };
    return connector.open({ ...wanted, ...options });
  };
  return {
    sourceId,
    lease,
    open,
    commit: async (work = {}) => {
      const session = await open();
      const run = await elements.openRun(lease, { name, description: session.description });
      try {
        return await run.commit(session, await whole(session, work));
      } finally {
        await run.close();
        await session.close();
      }
    },
    table: async () => {
      const [known] = await target.sql('SELECT table_name FROM elements.source_tables WHERE source_id = $1', [
        sourceId,
      ]);
      return `elements."${known?.['table_name'] ?? ''}"`;
    },
  };
}

/** A day's work with the snapshot's own census, unless told otherwise. */
export async function whole(session: SnapshotSession, work: Partial<DayWork>): Promise<DayWork> {
  const day = work.day ?? D;
  const census = (await session.census([day])).days.get(day) ?? { count: 0, digest: '0' };
  return { day, census, seal: false, applyDeletions: true, deletionsAllowed, ...work };
}

/** At most max(50, 10 %), and never all of it. */
export function deletionsAllowed(day: { ours: number; deleted: number; sourceCount: number }): boolean {
  if (day.deleted === 0) return true;
  return day.sourceCount > 0 && day.deleted <= Math.max(50, Math.floor(day.ours / 10));
}

/** The code of the fault that the work ends with. */
export async function faultOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'no fault',
    (fault: unknown) =>
      typeof fault === 'object' && fault !== null && 'code' in fault ? String(fault.code) : String(fault),
  );
}

/** Looks every few milliseconds until the condition holds; fails after ten seconds. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = process.hrtime.bigint() + 10_000_000_000n;
  while (!(await condition())) {
    if (process.hrtime.bigint() > deadline) throw new Error(`Waited in vain: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
