/**
 * Views of a long log: folded for the first time, then rebuilt beside themselves while they are read. Prints events per
 * second, how long a reader waited for the old copy meanwhile, how long a restart takes, and whether the digests agree.
 *
 *   DATABASE_URL=postgresql://superuser@127.0.0.1:5432/postgres node tools/bench/views-rebuild.mjs [events]
 *
 * Needs a build and the right to create a database; drops what it made. The log: 20 sources, runs of ten days each.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { encodeEvent } from '@daymark/contracts';
import { streamId } from '@daymark/event-log';
import { migratePostgresEventLog, openPostgresEventLog } from '@daymark/event-log/postgres';
import { createViews, digestOf, requestRebuild, startProjection } from '@daymark/views';
import pg from 'pg';

const server = process.env.DATABASE_URL;
if (server === undefined) {
  console.error('DATABASE_URL must name a PostgreSQL server on which databases may be created.');
  process.exit(78);
}
const wanted = Number(process.argv[2] ?? 200_000);
const database = 'daymark_bench_views';
const url = Object.assign(new URL(server), { pathname: `/${database}` }).toString();
const schema = 'daymark_views';

const daysPerRun = 10;
const sources = Array.from({ length: 20 }, () => randomUUID());
const counts = {
  read: 10_000,
  inserted: 10,
  changed: 0,
  unchanged: 9_990,
  deleted: 0,
  quarantined: 0,
  withheld: 0,
};
const dayOf = (index) => new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);

function settings(name) {
  const connector = {
    type: 'postgres',
    url: 'postgresql://reader@db/orders',
    table: 'public.flows',
    key: ['id'],
  };
  return {
    name,
    timeZone: 'Europe/Rome',
    pollingIntervalMinutes: 5,
    lateData: 'hold',
    settleDelayMinutes: 120,
    connector: { ...connector, day: { column: 'at' } },
    cleaner: null,
  };
}

/** One run with a poll before it. */
function runOf(sourceId, first, revision) {
  const runId = randomUUID();
  const at = '2026-11-20T02:00:10Z';
  const days = Array.from({ length: daysPerRun }, (_, index) => dayOf(first + index));
  const request = {
    runId,
    sourceId,
    type: 'incremental',
    period: null,
    resync: false,
    dryRun: false,
    trigger: { kind: 'slot', actor: 'system:scheduling', occurrence: null },
    requestedAt: '2026-11-20T02:00:00Z',
  };
  const count = (day, changed) => ({
    day,
    revision,
    at,
    sealed: false,
    elements: 10_000,
    new: 0,
    changed,
    deleted: 0,
  });
  const polled = {
    sourceId,
    censusAt: at,
    oldestDay: days[0],
    newestDay: days.at(-1),
    pending: 100,
    held: 0,
  };
  return [
    {
      type: 'PendingElementsDetected',
      data: { ...polled, unreadable: { count: 0, reasons: [] }, counts: days.map((day) => count(day, 10)) },
    },
    { type: 'SyncRequested', data: request },
    { type: 'RunQueued', data: { request } },
    { type: 'SyncStarted', data: { runId, sourceId, token: '1' } },
    ...days.map((day) => ({
      type: 'DaySynchronized',
      data: {
        runId,
        sourceId,
        day,
        revision: revision + 1,
        snapshotAt: at,
        sealed: true,
        outcome: 'synchronized',
        counts,
        elements: 10_000,
        digest: '8123456789012345678',
        source: { elements: 10_000, digest: '8123456789012345678' },
        kept: 0,
      },
    })),
    { type: 'SyncCompleted', data: { runId, sourceId, period: null, days: [], counts: [] } },
    { type: 'RunReleased', data: { runId, sourceId } },
  ];
}

async function fill(log) {
  const append = async (sourceId, events) => {
    const occurredAt = '2026-11-20T03:00:00Z';
    const context = { commandId: randomUUID(), correlationId: 'bench', actor: 'bench', occurredAt };
    const stored = events.map((event) => encodeEvent(event, randomUUID(), context));
    await log.append(streamId('source', sourceId), stored, { kind: 'any' });
  };
  for (const [index, sourceId] of sources.entries()) {
    const data = { sourceId, settings: settings(`source_${index}`), revision: 1 };
    await append(sourceId, [{ type: 'SourceRegistered', data }]);
  }
  let told = sources.length;
  for (let round = 0; told < wanted; round += 1) {
    const writes = sources.map((sourceId) => {
      const runs = Array.from({ length: 10 }, (_, run) =>
        runOf(sourceId, ((round * 10 + run) * daysPerRun) % 2_000, round),
      );
      told += runs.flat().length;
      return append(sourceId, runs.flat());
    });
    await Promise.all(writes);
  }
  return told;
}

const since = (begun) => (performance.now() - begun) / 1000;
const rate = (events, seconds) =>
  `${seconds.toFixed(1)} s, ${Math.round(events / seconds).toLocaleString('en')} a second`;

/** Reads what the console reads, over and over, until told to stop. */
async function readAllTheTime(views, stop) {
  const waits = [];
  let faults = 0;
  while (!stop.aborted) {
    const begun = performance.now();
    try {
      await views.runs({ sourceId: sources[0] }, { cursor: null, limit: 50 });
      await views.days(sources[0], { from: dayOf(0), to: dayOf(60) });
      await views.differences(sources[0], false);
    } catch {
      faults += 1;
    }
    waits.push(performance.now() - begun);
    await delay(50);
  }
  waits.sort((a, b) => a - b);
  const at = (share) => `${(waits[Math.floor(share * (waits.length - 1))] ?? 0).toFixed(1)} ms`;
  return `${waits.length} rounds of three reads: median ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}, failed ${faults}`;
}

async function rebuild(pool, views, events) {
  const generation = async () =>
    (await pool.query(`SELECT generation FROM ${schema}.pointer`)).rows[0]?.generation;
  const before = await generation();
  const ending = new AbortController();
  const reads = readAllTheTime(views, ending.signal);
  const begun = performance.now();
  await requestRebuild(pool, schema);
  while ((await generation()) === before) await delay(100);
  const seconds = since(begun);
  ending.abort();
  console.log(`rebuild, switched   ${rate(events, seconds)}`);
  console.log(`reads meanwhile     ${await reads}`);
}

async function measure(pool, log, events) {
  const options = { pool, log, schema, onFault: (fault) => console.error('fault:', fault) };
  const head = await log.head();
  let begun = performance.now();
  let projection = await startProjection(options);
  const views = createViews({ pool, schema, projection });
  if (!(await views.reached(head, 3_600_000))) throw new Error('the views never got there');
  console.log(`first fold          ${rate(events, since(begun))}`);
  begun = performance.now();
  const lived = await digestOf(pool, schema);
  console.log(`digest              of ${lived.rows} rows in ${since(begun).toFixed(1)} s`);
  await rebuild(pool, views, events);
  const rebuilt = await digestOf(pool, schema);
  console.log(`digests             ${rebuilt.digest === lived.digest ? 'equal' : 'DIFFERENT'}`);
  await projection.stop();
  begun = performance.now();
  projection = await startProjection(options);
  await createViews({ pool, schema, projection }).sources();
  console.log(`restart             readable after ${since(begun).toFixed(2)} s`);
  await projection.stop();
}

async function main() {
  const operator = new pg.Client({ connectionString: server });
  await operator.connect();
  await operator.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  await operator.query(`CREATE DATABASE ${database}`);
  const pool = new pg.Pool({ connectionString: url, max: 8 });
  pool.on('error', () => undefined);
  try {
    const connection = { connection: url, schema: 'daymark_log' };
    await migratePostgresEventLog(connection);
    const log = await openPostgresEventLog(connection);
    const begun = performance.now();
    const events = await fill(log);
    console.log(`log                 ${events} events, written in ${since(begun).toFixed(0)} s`);
    await measure(pool, log, events);
    await log.close();
  } finally {
    await pool.end();
    await operator.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await operator.end();
  }
}

await main();
