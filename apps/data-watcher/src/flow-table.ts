import type { Pool, PoolClient } from 'pg';
import type { DayBounds, Flow } from './flows';
import type { Changes, Scene } from './tick';

/** The one table of this source, in the schema that it was given. */
export const FLOWS_TABLE = 'flows';

/** A connection, or a pool of them. */
export type Database = Pick<Pool | PoolClient, 'query'>;

/** Where the flows are kept, and in which zone the days begin. */
export interface FlowsPlace {
  readonly database: Database;
  readonly schema: string;
  readonly timeZone: string;
}

/** Creates schema and table if they are missing. What an older version created stays as it is. */
export async function createFlowsTable({ database, schema }: Omit<FlowsPlace, 'timeZone'>): Promise<void> {
  const table = tableOf(schema);
  // One implicit transaction; without the lock two that start at the same time would both find the table missing.
  await database.query(`
    select pg_advisory_xact_lock(hashtextextended('data-watcher', 0));
    create schema if not exists ${quoted(schema)};
    create table if not exists ${table} (
      flow_id    uuid primary key,
      partner    text not null,
      protocol   text not null,
      direction  text not null check (direction in ('INBOUND', 'OUTBOUND')),
      status     text not null check (status in ('RUNNING', 'COMPLETED', 'FAILED')),
      file_name  text not null,
      bytes      bigint not null,
      attempts   integer not null,
      started_at timestamptz not null,
      ended_at   timestamptz,
      failure    text
    );
    create index if not exists flows_started_at on ${table} (started_at)`);
}

/** Days of the zone, from so many days before that of the instant up to it; bounds are local midnights. */
export async function readDays(place: FlowsPlace, now: number, daysBefore: number): Promise<DayBounds[]> {
  const { rows } = await place.database.query<{
    day: string;
    weekday: number;
    starts_at: string;
    ends_at: string;
  }>(
    `select to_char(day, 'YYYY-MM-DD') as day, extract(isodow from day)::int as weekday,
            (extract(epoch from day at time zone $1::text) * 1000)::bigint::text as starts_at,
            (extract(epoch from (day + interval '1 day') at time zone $1::text) * 1000)::bigint::text as ends_at
       from (select (to_timestamp($2::float8 / 1000) at time zone $1::text)::date as today) clock,
            generate_series((today - $3::int)::timestamp, today::timestamp, interval '1 day') day
      order by day`,
    [place.timeZone, now, daysBefore],
  );
  return rows.map((row) => ({
    day: row.day,
    weekday: row.weekday,
    startsAt: Number(row.starts_at),
    endsAt: Number(row.ends_at),
  }));
}

/** The instant, in milliseconds, of the flow that started last; null when there is none. */
export async function readNewest({ database, schema }: FlowsPlace): Promise<number | null> {
  const { rows } = await database.query<{ newest: string | null }>(
    `select (extract(epoch from max(started_at)) * 1000)::bigint::text as newest from ${tableOf(schema)}`,
  );
  const newest = rows[0]?.newest ?? null;
  return newest === null ? null : Number(newest);
}

/** What a tick looks at; `pivots` choose the ended flows, each the next by key among those of the last days. */
export async function readScene(place: FlowsPlace, now: number, pivots: readonly string[]): Promise<Scene> {
  const days = await readDays(place, now, 3);
  const table = tableOf(place.schema);
  const running = await place.database.query<FlowRow>(
    `select ${columns} from ${table} where status = 'RUNNING' order by started_at limit 500`,
  );
  const ended = await place.database.query<FlowRow>(
    `select distinct on (flow_id) chosen.* from unnest($1::uuid[]) pivot,
       lateral (select ${columns} from ${table}
                 where flow_id >= pivot and status <> 'RUNNING' and started_at >= $2
                 order by flow_id limit 1) chosen`,
    [pivots, new Date(days[0]?.startsAt ?? now).toISOString()],
  );
  return { running: running.rows.map(flowOf), ended: ended.rows.map(flowOf), earlierDays: days.slice(0, -1) };
}

/** Inserts what is not there yet; answers how many that were. */
export async function insertFlows({ database, schema }: FlowsPlace, flows: readonly Flow[]): Promise<number> {
  let inserted = 0;
  for (let from = 0; from < flows.length; from += 5_000) {
    const batch = flows.slice(from, from + 5_000);
    const { rowCount } = await database.query(
      `insert into ${tableOf(schema)} (${columnNames}) select * from ${unnested} on conflict (flow_id) do nothing`,
      valuesOf(batch),
    );
    inserted += rowCount ?? 0;
  }
  return inserted;
}

/** Writes one tick's changes in one statement: all of it is seen, or nothing. */
export async function writeChanges({ database, schema }: FlowsPlace, changes: Changes): Promise<void> {
  const table = tableOf(schema);
  const { inserts, updates, deletes } = changes;
  await database.query(
    `with upserted as (
       insert into ${table} (${columnNames}) select * from ${unnested}
       on conflict (flow_id) do update set
         status = excluded.status, bytes = excluded.bytes, attempts = excluded.attempts,
         ended_at = excluded.ended_at, failure = excluded.failure
     )
     delete from ${table} where flow_id = any ($12::uuid[])`,
    [...valuesOf([...inserts, ...updates]), deletes],
  );
}

/** What a run of the cleaner took. */
export interface Cleaned {
  readonly rows: number;
  /** The newest day taken; null when nothing was. */
  readonly lastDay: string | null;
}

/** Deletes every day older than the retention: of today and `retentionDays` days before it nothing. */
export async function deleteOutside(place: FlowsPlace, now: number, retentionDays: number): Promise<Cleaned> {
  const { rows } = await place.database.query<{ rows: number; last_day: string | null }>(
    `with gone as (
       delete from ${tableOf(place.schema)}
        where started_at < ((to_timestamp($2::float8 / 1000) at time zone $1::text)::date - $3::int)::timestamp at time zone $1::text
       returning started_at
     )
     select count(*)::int as rows, to_char(max(started_at) at time zone $1::text, 'YYYY-MM-DD') as last_day from gone`,
    [place.timeZone, now, retentionDays],
  );
  return { rows: rows[0]?.rows ?? 0, lastDay: rows[0]?.last_day ?? null };
}

const columnNames =
  'flow_id, partner, protocol, direction, status, file_name, bytes, attempts, started_at, ended_at, failure';

const utc = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${column}`;

const columns = columnNames.replace('started_at', utc('started_at')).replace('ended_at', utc('ended_at'));

const types = 'uuid text text text text text bigint int timestamptz timestamptz text'.split(' ');
const unnested = `unnest(${types.map((type, i) => `$${i + 1}::${type}[]`).join(', ')})`;

interface FlowRow {
  readonly flow_id: string;
  readonly partner: string;
  readonly protocol: string;
  readonly direction: Flow['direction'];
  readonly status: Flow['status'];
  readonly file_name: string;
  readonly bytes: string;
  readonly attempts: number;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly failure: string | null;
}

function flowOf(row: FlowRow): Flow {
  const { partner, protocol, direction, status, attempts, failure } = row;
  const instants = { startedAt: row.started_at, endedAt: row.ended_at };
  const bytes = BigInt(row.bytes);
  return {
    flowId: row.flow_id,
    fileName: row.file_name,
    partner,
    protocol,
    direction,
    status,
    bytes,
    attempts,
    ...instants,
    failure,
  };
}

function valuesOf(flows: readonly Flow[]): unknown[] {
  return [
    flows.map((flow) => flow.flowId),
    flows.map((flow) => flow.partner),
    flows.map((flow) => flow.protocol),
    flows.map((flow) => flow.direction),
    flows.map((flow) => flow.status),
    flows.map((flow) => flow.fileName),
    flows.map((flow) => flow.bytes.toString()),
    flows.map((flow) => flow.attempts),
    flows.map((flow) => flow.startedAt),
    flows.map((flow) => flow.endedAt),
    flows.map((flow) => flow.failure),
  ];
}

function tableOf(schema: string): string {
  return `${quoted(schema)}.${FLOWS_TABLE}`;
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
