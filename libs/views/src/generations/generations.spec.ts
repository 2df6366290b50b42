import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryEventLog, createMemoryLogStore, openMemoryEventLog } from '@daymark/event-log/memory';
import type { EventLog } from '@daymark/event-log';
import { openDatabase, tell, type Database } from '../../test/database';
import { contents, folded } from '../../test/memory-views';
import {
  quoted,
  readGeneration,
  readTables,
  schema,
  stored,
  tableNames,
  until,
} from '../../test/stored-views';
import { count, orders, polled, registered, wholeLife } from '../../test/stories';
import { digestOf } from './digest';
import { requestRebuild } from './request-rebuild';
import { createViews } from '../postgres/views';
import { startProjection, type Projection, type ProjectionOptions } from '../projection/projection';

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
  const projection = await startProjection({
    log,
    pool: database.pool,
    schema,
    inspectEveryMs: 50,
    ...options,
  });
  running.push(projection);
  return projection;
}

async function reached(position: string): Promise<void> {
  expect(await createViews({ pool: database.pool, schema }).reached(position, 20_000)).toBe(true);
}

async function ofVersion(version: number): Promise<void> {
  await until(async () => (await readGeneration(database.pool)).version === version);
}

const views = () => createViews({ pool: database.pool, schema });
const polledAgain = () => polled([count('2026-11-18', { new: 4 })]);

describe('another version of the folds', () => {
  it('replaces what is there at a start, older or newer, and leaves nothing behind', async () => {
    const position = await tell(log, wholeLife);
    for (const version of [5, 6, 5]) {
      const projection = await start({ version });
      await reached(position);
      await ofVersion(version);
      expect(await stored(database.pool)).toEqual(contents(folded(wholeLife)));
      expect(await tableNames(database.pool)).toHaveLength(4);
      await projection.stop();
    }
  });

  it('is built beside the old one, which is read until it has caught up', async () => {
    const older = await start({ version: 5 });
    const position = await tell(log, wholeLife);
    await reached(position);
    await older.stop();
    const lines = gated(log);
    const newer = await start({ version: 6, log: lines.log });
    await until(async () => (await tableNames(database.pool)).length === 8);
    expect((await readGeneration(database.pool)).version).toBe(5);
    expect(await views().position()).toBe(position);
    expect((await views().sources()).map(({ id }) => id)).toContain(orders);
    lines.open();
    await ofVersion(6);
    await until(() => newer.position === position);
    expect(await stored(database.pool)).toEqual(contents(folded(wholeLife)));
  });

  it('is not undone by an older runner that is still there: it folds its own until the switch, then stands by', async () => {
    const faults: unknown[] = [];
    const older = await start({ version: 5, onFault: (fault) => faults.push(fault) });
    await reached(await tell(log, [registered()]));
    const lines = gated(log);
    await start({ version: 6, pool: database.another(), log: lines.log });
    await until(async () => (await tableNames(database.pool)).length === 8);
    const live = await tell(log, [polledAgain()]);
    await reached(live);
    expect((await readGeneration(database.pool)).version).toBe(5);
    lines.open();
    await ofVersion(6);
    const position = await tell(log, [polledAgain()]);
    await reached(position);
    await until(() => older.position === position);
    expect((await readGeneration(database.pool)).version).toBe(6);
    expect(await tableNames(database.pool)).toHaveLength(4);
    expect(faults).toEqual([]);
  });

  it('is not undone by an older one that starts while a newer one runs', async () => {
    const newer = await start({ version: 6 });
    const position = await tell(log, wholeLife);
    await reached(position);
    const before = await readGeneration(database.pool);
    const lines = gated(log);
    const older = await start({ version: 5, pool: database.another(), log: lines.log });
    await until(async () => (await tableNames(database.pool)).length === 4);
    lines.open();
    await until(() => older.position === position && newer.position === position);
    expect((await readGeneration(database.pool)).number).toBe(before.number);
  });
});

describe('a rebuild that somebody asks for', () => {
  it('replaces the generation, and readers find what was reached before', async () => {
    const projection = await start();
    const position = await tell(log, wholeLife);
    await reached(position);
    const reader = views();
    expect(await reader.position()).toBe(position);
    const [before, digest] = [await readGeneration(database.pool), await digestOf(database.pool, schema)];
    expect(await requestRebuild(database.pool, schema)).toBe(true);
    await until(async () => (await readGeneration(database.pool)).number !== before.number);
    expect(await reader.position()).toBe(position);
    expect((await reader.sources()).map(({ id }) => id)).toContain(orders);
    expect(await reader.reached(position, 0)).toBe(true);
    expect(await digestOf(database.pool, schema)).toEqual(digest);
    expect(await tableNames(database.pool)).toHaveLength(4);
    const later = await tell(log, [polledAgain()]);
    await projection.reached(later, 10_000);
    expect(projection.position).toBe(later);
  });

  it('is asked for by one line of SQL as well', async () => {
    await start();
    await reached(await tell(log, wholeLife));
    const before = await readGeneration(database.pool);
    await database.pool.query(`update ${quoted}.pointer set rebuild = rebuild + 1`);
    await until(async () => (await readGeneration(database.pool)).number !== before.number);
  });

  it('cannot be asked for where there are no views', async () => {
    expect(await requestRebuild(database.pool, schema)).toBe(false);
  });

  it('keeps every position that was reached while events go on, whoever asks', async () => {
    await start();
    await reached(await tell(log, wholeLife));
    const reader = views();
    let last = await tell(log, [polledAgain()]);
    await reached(last);
    for (let round = 0; round < 3; round += 1) {
      const before = await readGeneration(database.pool);
      await requestRebuild(database.pool, schema);
      while ((await readGeneration(database.pool)).number === before.number) {
        const seen = await reader.position();
        expect(seen !== null && seen >= last).toBe(true);
        last = await tell(log, [polledAgain()]);
        await reached(last);
      }
      expect((await reader.position())! >= last).toBe(true);
    }
  }, 40_000);

  it('is done once, however many runners there are', async () => {
    const store = createMemoryLogStore();
    const logs = [openMemoryEventLog(store), openMemoryEventLog(store), openMemoryEventLog(store)];
    const faults: unknown[] = [];
    for (const each of logs) {
      await start({ log: each, pool: database.another(), onFault: (fault) => faults.push(fault) });
    }
    const position = await tell(logs[0]!, wholeLife);
    await reached(position);
    const before = await digestOf(database.pool, schema);
    const { number } = await readGeneration(database.pool);
    await requestRebuild(database.pool, schema);
    await until(async () => (await readGeneration(database.pool)).number !== number);
    expect(await digestOf(database.pool, schema)).toEqual(before);
    await until(() => running.every((projection) => projection.position === position));
    expect(faults).toEqual([]);
  });
});

describe('views that are not whole', () => {
  const harms: [string, (tables: { days: string; runDays: string }) => string][] = [
    ['a dropped table', ({ days }) => `drop table ${days}`],
    ['a truncated table', ({ runDays }) => `truncate ${runDays}`],
    ['an emptied table', ({ days }) => `delete from ${days}`],
    ['a renamed table', ({ days }) => `alter table ${days} rename to hidden`],
    [
      'a table made anew',
      ({ days }) =>
        `create table t (like ${days}); drop table ${days}; alter table t set schema ${quoted}; alter table ${quoted}.t rename to ${days.split('.')[1]!}`,
    ],
    ['a table of others', ({ days }) => `drop table ${days}; create table ${days} (source_id integer)`],
    ['a dropped schema', () => `drop schema ${quoted} cascade`],
    ['a dropped catalogue', () => `drop table ${quoted}.generations`],
    ['a dropped pointer', () => `drop table ${quoted}.pointer`],
    ['an emptied catalogue', () => `delete from ${quoted}.generations`],
    ['a lost pointer', () => `update ${quoted}.pointer set generation = null`],
  ];

  it.each(harms)('are not shown, and folded again: %s', async (_, harm) => {
    const projection = await start({ inspectEveryMs: 400 });
    const position = await tell(log, wholeLife);
    await reached(position);
    const digest = await digestOf(database.pool, schema);
    const reader = views();
    await reader.sources();
    await database.pool.query(harm(await readTables(database.pool)));
    await expect(reader.sources()).rejects.toMatchObject({ name: 'ViewFault', code: 'VIEWS_REBUILDING' });
    await expect(views().days(orders, { from: '0001-01-01', to: '9999-12-31' })).rejects.toMatchObject({
      code: 'VIEWS_REBUILDING',
    });
    expect(await reader.reached(position, 10_000)).toBe(true);
    await until(async () => (await digestOf(database.pool, schema).catch(() => null)) !== null);
    expect(await digestOf(database.pool, schema)).toEqual(digest);
    expect((await reader.sources()).map(({ id }) => id)).toContain(orders);
    const later = await tell(log, [polledAgain()]);
    await projection.reached(later, 10_000);
    expect(projection.position).toBe(later);
    expect(await stored(database.pool)).toEqual(contents(folded([...wholeLife, polledAgain()])));
    expect((await tableNames(database.pool)).filter((name) => name !== 'hidden')).toHaveLength(4);
  });

  it('are those of a log that was not folded once; an empty log is read at once', async () => {
    await start();
    expect(await views().sources()).toEqual([]);
    expect(await views().position()).toBeNull();
    await running[0]!.stop();
    await database.pool.query(`drop schema ${quoted} cascade`);
    const position = await tell(log, wholeLife);
    const lines = gated(log);
    await start({ log: lines.log });
    await expect(views().sources()).rejects.toMatchObject({ code: 'VIEWS_REBUILDING' });
    expect(await views().reached(position, 0)).toBe(false);
    lines.open();
    await reached(position);
    expect(await stored(database.pool)).toEqual(contents(folded(wholeLife)));
  });

  it('are found when the harm is done to what is being built', async () => {
    await tell(log, wholeLife.slice(0, 9));
    const lines = gated(log);
    await start({ log: lines.log });
    await until(async () => (await tableNames(database.pool)).length === 4);
    const [runs] = (await tableNames(database.pool)).filter((name) => /^runs_/.test(name));
    await database.pool.query(`truncate ${quoted}.${runs!}`);
    lines.open();
    const position = await tell(log, wholeLife.slice(9));
    await reached(position);
    expect(Object.keys((await stored(database.pool))['runs'] as object)).toHaveLength(2);
    expect(await tableNames(database.pool)).toHaveLength(4);
  });
});

/** A log whose subscriptions show nothing before it is opened. */
function gated(inner: EventLog): { readonly log: EventLog; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gatedLog: EventLog = {
    read: (stream, from) => inner.read(stream, from),
    append: (stream, events, expectation) => inner.append(stream, events, expectation),
    page: (from, filter, limit) => inner.page(from, filter, limit),
    head: () => inner.head(),
    close: () => Promise.resolve(),
    subscribe: async function* (from, filter, signal) {
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      await Promise.race([opened, aborted]);
      yield* inner.subscribe(from, filter, signal);
    },
  };
  return { log: gatedLog, open };
}
