import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { DaymarkEvent } from '@daymark/contracts';
import { streamId, type EventLog } from '@daymark/event-log';
import { createMemoryEventLog, createMemoryLogStore, openMemoryEventLog } from '@daymark/event-log/memory';
import { openDatabase, tell, type Database } from '../../test/database';
import { contents, folded } from '../../test/memory-views';
import {
  completed,
  count,
  orders,
  polled,
  registered,
  requested,
  started,
  synchronized,
  wholeLife,
} from '../../test/stories';
import { quoted, readTables, schema, stored, until } from '../../test/stored-views';
import { createViews } from '../postgres/views';
import { startProjection, type Projection, type ProjectionOptions } from './projection';

let database: Database;
let log: EventLog;
let running: Projection[];

beforeEach(async () => {
  database = await openDatabase();
  log = createMemoryEventLog();
  running = [];
});

afterEach(async () => {
  for (const projection of running) await projection.stop();
  await log.close();
  await database.close();
});

async function start(options: Partial<ProjectionOptions> = {}): Promise<Projection> {
  const projection = await startProjection({ log, pool: database.pool, schema, ...options });
  running.push(projection);
  return projection;
}

async function reached(position: string, projection?: Projection): Promise<void> {
  const views = createViews({ pool: database.pool, schema, ...(projection && { projection }) });
  expect(await views.reached(position, 20_000)).toBe(true);
}

async function checkpointAt(position: string | null): Promise<void> {
  await database.pool.query(`update ${quoted}.generations set position = $1`, [position]);
}

describe('the projection', () => {
  it('writes the rows that the folds give, and its checkpoint', async () => {
    const projection = await start();
    const position = await tell(log, wholeLife);
    await reached(position, projection);
    expect(await stored(database.pool)).toEqual(contents(folded(wholeLife)));
    expect(projection.position).toBe(position);
    expect(await createViews({ pool: database.pool, schema }).position()).toBe(position);
  });

  it('gives the same rows when it folds again from any older checkpoint', async () => {
    const position = await tell(log, wholeLife);
    const events = await log.page('start', 'all', 1_000);
    const first = await start();
    await reached(position, first);
    await first.stop();
    const once = await stored(database.pool);
    for (const from of [null, ...events.map((event) => event.position)]) {
      await checkpointAt(from);
      const again = await start();
      await reached(position, again);
      await again.stop();
      expect(await stored(database.pool)).toEqual(once);
    }
  });

  it('gives the same rows one event at a time as all at once', async () => {
    const projection = await start();
    let position = '';
    for (const event of wholeLife) {
      position = await tell(log, [event]);
      await reached(position, projection);
    }
    const slowly = await stored(database.pool);
    await projection.stop();
    await database.pool.query(`drop schema ${quoted} cascade`);
    await reached(position, await start());
    const rows = (all: Record<string, unknown>): unknown => Object.keys(all['runDays'] as object).sort();
    expect(rows(await stored(database.pool))).toEqual(rows(slowly));
    expect(await stored(database.pool)).toEqual(slowly);
  });

  it('goes on where it was stopped', async () => {
    await reached(await tell(log, wholeLife.slice(0, 8)), await start());
    await running[0]?.stop();
    const position = await tell(log, wholeLife.slice(8));
    const next = await start();
    expect(next.position === null || next.position < position).toBe(true);
    await reached(position, next);
    expect(Object.keys((await stored(database.pool))['runs'] as object)).toHaveLength(2);
  });

  it('folds each event once, however many runners there are', async () => {
    const store = createMemoryLogStore();
    const logs = [openMemoryEventLog(store), openMemoryEventLog(store), openMemoryEventLog(store)];
    const faults: unknown[] = [];
    const several = await Promise.all(
      logs.map((each) =>
        start({ log: each, pool: database.another(), onFault: (fault) => faults.push(fault) }),
      ),
    );
    const days = Array.from({ length: 28 }, (_, index) => `2026-02-${String(index + 1).padStart(2, '0')}`);
    const begin = [registered(), requested(), started()];
    const position = await tell(logs[0]!, [...begin, ...days.map((d) => synchronized(d)), completed()]);
    for (const projection of several) await reached(position, projection);
    const run = await createViews({ pool: database.pool, schema }).run(
      '6f0b2f3e-0000-4000-8000-00000000000a',
    );
    expect(run?.counts.inserted).toBe(280);
    expect(run?.days).toHaveLength(28);
    expect(faults).toEqual([]);
    await until(() => several.every((projection) => projection.position === position));
  });

  it('passes over what it has no word for, and says so', async () => {
    const unknown: unknown[] = [];
    const projection = await start({ onUnknownEvent: (event) => unknown.push(event) });
    await tell(log, [registered()]);
    const appended = await log.append(
      streamId('source', orders),
      [
        { id: randomUUID(), type: 'SourcePainted', data: { colour: 'green' }, metadata: { version: 1 } },
        { id: randomUUID(), type: 'SourceRemoved', data: { sourceId: orders }, metadata: { version: 99 } },
      ],
      { kind: 'any' },
    );
    if (appended.kind !== 'appended') throw new Error('nothing was appended');
    await reached(appended.position, projection);
    expect(unknown).toMatchObject([{ type: 'SourcePainted' }, { type: 'SourceRemoved' }]);
    expect(projection.unknownEvents).toBe(2);
    expect((await createViews({ pool: database.pool, schema }).sources())[0]?.id).toBe(orders);
  });

  it('sits out the loss of every connection', async () => {
    const faults: unknown[] = [];
    const projection = await start({ onFault: (fault) => faults.push(fault) });
    await reached(await tell(log, [registered()]), projection);
    const administrator = database.another();
    for (let round = 0; round < 5; round += 1) {
      await administrator.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await reached(await tell(log, [polled([count('2026-11-18', { new: round })])]), projection);
    }
  });

  it('reports and waits out a database that refuses, then goes on', async () => {
    const faults: unknown[] = [];
    const projection = await start({ onFault: (fault) => faults.push(fault) });
    await reached(await tell(log, [registered()]), projection);
    const { days } = await readTables(database.pool);
    await database.pool.query(`alter table ${days} add constraint closed check (day = '') not valid`);
    const position = await tell(log, [polled([count('2026-11-18', { new: 4 })])]);
    await until(() => faults.length >= 3);
    expect(projection.position! < position).toBe(true);
    await database.pool.query(`alter table ${days} drop constraint closed`);
    await reached(position, projection);
  });

  it('builds the views again after they were thrown away while nothing happens', async () => {
    const projection = await start();
    const position = await tell(log, wholeLife);
    await reached(position, projection);
    const before = await stored(database.pool);
    await database.pool.query(`drop schema ${quoted} cascade`);
    await until(async () => {
      const views = createViews({ pool: database.pool, schema });
      return (await views.position().catch(() => null)) === position;
    });
    expect(await stored(database.pool)).toEqual(before);
  }, 20_000);

  it('ends when the log is closed, and when it is stopped twice', async () => {
    const projection = await start();
    await log.close();
    await Promise.all([projection.stop(), projection.stop()]);
  });
});

describe('the first start', () => {
  it('is prepared once by any number of starts', async () => {
    const starts = Array.from({ length: 6 }, () => start({ pool: database.another() }));
    await Promise.all(starts);
    const views = createViews({ pool: database.pool, schema });
    expect(await views.position()).toBeNull();
    expect(await views.sources()).toEqual([]);
  });
});

describe('waiting for a position', () => {
  it('says no in time when it does not come', async () => {
    const projection = await start();
    const position = await tell(log, [registered()]);
    await reached(position, projection);
    const later = position.replace(/.$/, '9');
    const views = createViews({ pool: database.pool, schema, projection });
    expect(await views.reached(later, 150)).toBe(false);
  });

  it('works without a runner in the process', async () => {
    await start();
    const views = createViews({ pool: database.another(), schema });
    expect(await views.reached(await tell(log, [registered()]), 10_000)).toBe(true);
  });
});

describe('catching up', () => {
  it('folds thousands of events a second', async () => {
    const days = Array.from({ length: 600 }, (_, index) => {
      const month = String(1 + (Math.floor(index / 28) % 12)).padStart(2, '0');
      return `${String(2020 + Math.floor(index / 336))}-${month}-${String(1 + (index % 28)).padStart(2, '0')}`;
    });
    const story: DaymarkEvent[] = [registered()];
    for (let run = 0; run < 16; run += 1) {
      const runId = randomUUID();
      story.push(requested({ runId }), started(runId));
      for (const day of days) story.push(synchronized(day, { runId, revision: run + 1 }));
      story.push(completed({ runId, counts: days.map((day) => count(day, { revision: run + 1 })) }));
    }
    const position = await tell(log, story);
    const begin = performance.now();
    await reached(position, await start());
    const perSecond = Math.round((story.length * 1000) / (performance.now() - begin));
    process.stdout.write(`     folded ${String(story.length)} events, ${String(perSecond)} a second\n`);
    expect(await stored(database.pool)).toEqual(contents(folded(story)));
  }, 60_000);
});
