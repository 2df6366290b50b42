import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, type LiveRun } from '@daymark/contracts';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import { EventLogFault, type EventLog } from '@daymark/event-log';
import {
  EARLIER,
  openHouse,
  refusalOf,
  row,
  rows,
  TODAY,
  until,
  YESTERDAY,
  type House,
} from '../../test/house';

let house: House;
let source: MemorySource;
let id: string;

beforeEach(async () => {
  house = await openHouse();
  await house.openPolling();
  source = house.memory('orders', [
    ...rows(EARLIER, 1, 6),
    ...rows(YESTERDAY, 11, 16),
    ...rows(TODAY, 21, 26),
  ]);
  id = await house.register('orders');
});
afterEach(() => house.close());

const pulled = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });

async function typesOf(runId: string): Promise<string[]> {
  const events = (await house.events()).filter(
    (event) => 'runId' in event.data && event.data.runId === runId,
  );
  return events.map(({ type }) => type).filter((type) => type !== 'RunReleased');
}

async function live(runId: string): Promise<LiveRun | undefined> {
  const found = await house.messenger.ask<LiveRun[]>(
    SUBJECTS.liveRuns,
    { runIds: [runId] },
    { timeoutMs: 5_000 },
  );
  return found[0];
}

/** Holds the source: its first run cannot end before `heal`. */
async function busy(): Promise<string> {
  source.failAt({ step: 'open', fault: pulled, times: 1_000_000 });
  const { runId } = await house.request(id);
  await until(
    async () => (await live(runId))?.problem?.code === 'SOURCE_UNREACHABLE',
    'the run to sit a fault out',
  );
  return runId;
}

describe('while a run is at work', () => {
  beforeEach(async () => {
    await house.openExecution();
  });

  it('a request that it covers is answered with it; equal waiting ones are one; others wait and run after it', async () => {
    const running = await busy();
    expect(await house.request(id, { type: 'day', day: TODAY })).toMatchObject({
      runId: running,
      existing: true,
    });
    const first = await house.request(id, { type: 'day', day: EARLIER, resync: true });
    const same = await house.request(id, { type: 'range', from: EARLIER, to: EARLIER, resync: true });
    const other = await house.request(id, { dryRun: true });
    expect(first.existing).toBe(false);
    expect(same).toMatchObject({ runId: first.runId, existing: true });
    expect(other.existing).toBe(false);
    source.heal();
    for (const { runId } of [{ runId: running }, first, other])
      expect((await house.ended(runId)).type).toBe('SyncCompleted');
    const order = (await house.events()).flatMap((event) =>
      event.type === 'SyncStarted' ? [event.data.runId] : [],
    );
    expect(order).toEqual([running, first.runId, other.runId]);
  });

  it('the same run id again is the same run, also after its end', async () => {
    const runId = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
    await house.run(id, { runId });
    expect(await house.request(id, { runId })).toMatchObject({ runId, existing: false });
    expect(await typesOf(runId)).toHaveLength(6);
  });

  it('a waiting one may be cancelled, and never starts', async () => {
    const running = await busy();
    const { runId } = await house.request(id, { type: 'day', day: EARLIER, resync: true });
    await house.ask(SUBJECTS.cancelRun, { runId });
    expect(await typesOf(runId)).toEqual(['ResyncRequested', 'SyncCancelled']);
    source.heal();
    await house.ended(running);
    expect(await refusalOf(house.ask(SUBJECTS.cancelRun, { runId }))).toBe('RUN_FINISHED');
    expect(await refusalOf(house.ask(SUBJECTS.cancelRun, { runId: id }))).toBe('RUN_UNKNOWN');
  });

  it('it may be cancelled between days: what is committed stays', async () => {
    source.failAt({ step: 'elements', day: TODAY, fault: pulled, times: 1_000_000 });
    const { runId } = await house.request(id);
    await until(async () => (await live(runId))?.problem !== null, 'the last day to fail');
    await until(async () => (await house.summaries(id)).size === 2, 'two days to be committed');
    await house.ask(SUBJECTS.cancelRun, { runId });
    expect((await house.ended(runId)).type).toBe('SyncCancelled');
    source.heal();
    await house.refresh(id);
    expect((await house.status(id)).pending).toMatchObject({ total: 6, days: [{ day: TODAY }] });
  });

  it('a source that is removed takes its runs with it', async () => {
    const running = await busy();
    const waiting = await house.request(id, { type: 'day', day: EARLIER, resync: true });
    await house.ask(SUBJECTS.removeSource, { sourceId: id, elements: 'keep' });
    source.heal();
    expect((await house.ended(waiting.runId)).type).toBe('SyncCancelled');
    expect((await house.ended(running)).type).toBe('SyncCancelled');
    expect(await refusalOf(house.request(id))).toBe('SOURCE_UNKNOWN');
  });
});

describe('a fault', () => {
  beforeEach(async () => {
    await house.openExecution();
  });

  it.each(['open', 'census', 'elements'] as const)(
    'that passes, at %s, is sat out: one logical run',
    async (step) => {
      source.failAt({ step, fault: pulled, times: 3 });
      const end = await house.run(id);
      expect(end.type).toBe('SyncCompleted');
      const types = await typesOf(end.data.runId);
      expect(types.filter((type) => type === 'SyncStarted')).toHaveLength(1);
      expect(types.filter((type) => type === 'SyncCompleted')).toHaveLength(1);
      expect(types.filter((type) => type === 'DaySynchronized')).toHaveLength(3);
      expect((await house.status(id)).pending.total).toBe(0);
      expect(source.openSessions()).toBe(0);
    },
  );

  it('that stays ends the run by name', async () => {
    source.failAt({ step: 'open', fault: new SourceFault('SOURCE_PERMISSION_DENIED', 'No.') });
    expect(await house.run(id)).toMatchObject({
      type: 'SyncFailed',
      data: { problem: { code: 'SOURCE_PERMISSION_DENIED' } },
    });
  });
});

/** A log that can be told to take no more days. */
function deafLog(): { wire: (log: EventLog) => EventLog; deaf: { on: boolean } } {
  const deaf = { on: false };
  const wire = (log: EventLog): EventLog => ({
    read: (...args) => log.read(...args),
    append: (stream, events, expect_) =>
      deaf.on && events.some(({ type }) => type === 'DaySynchronized')
        ? Promise.reject(
            new EventLogFault('LOG_UNAVAILABLE', 'The log is out of reach.', { retryable: true }),
          )
        : log.append(stream, events, expect_),
    subscribe: (...args) => log.subscribe(...args),
    page: (...args) => log.page(...args),
    head: () => log.head(),
    close: () => log.close(),
  });
  return { wire, deaf };
}

describe('a crash between the commit of a day and its event', () => {
  it('the next holder appends the event from the summary, and does not read the day again', async () => {
    const { wire, deaf } = deafLog();
    deaf.on = true;
    const crashed = await house.openExecution({
      log: wire,
      // Whoever crashes gives nothing back.
      elements: (elements) => ({ ...elements, release: () => Promise.resolve() }),
    });
    const { runId } = await house.request(id);
    await until(async () => (await house.summaries(id)).size === 3, 'the days to be committed');
    expect(await typesOf(runId)).not.toContain('DaySynchronized');
    await crashed();
    const before = await house.summaries(id);
    let streams = 0;
    house.place('orders', {
      open: async (options) => {
        const session = await source.connector.open(options);
        return { ...session, elements: (...args) => ((streams += 1), session.elements(...args)) };
      },
    });
    await house.sql(`UPDATE elements.leases SET expires_at = now() - interval '1 second'`);
    await house.openExecution();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    const types = await typesOf(runId);
    expect(types.filter((type) => type === 'DaySynchronized')).toHaveLength(3);
    expect(types).toContain('SyncResumed');
    expect(types.filter((type) => type === 'SyncCompleted')).toHaveLength(1);
    expect(streams).toBe(0);
    expect(await house.summaries(id)).toEqual(before);
    await house.refresh(id);
    expect((await house.status(id)).pending.total).toBe(0);
  });

  it('a log that answers again gets the event from the same holder', async () => {
    const { wire, deaf } = deafLog();
    deaf.on = true;
    await house.openExecution({ log: wire });
    const { runId } = await house.request(id);
    await until(
      async () => (await live(runId))?.problem?.code === 'LOG_UNAVAILABLE',
      'the run to sit the fault out',
    );
    deaf.on = false;
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    expect((await typesOf(runId)).filter((type) => type === 'DaySynchronized')).toHaveLength(3);
    for (const summary of (await house.summaries(id)).values()) expect(summary.revision).toBe(1);
  });
});

describe('a stop in the middle', () => {
  it('leaves the run to the next start, which resumes it', async () => {
    const stop = await house.openExecution();
    const runId = await busy();
    await stop();
    source.heal();
    await house.openExecution();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    const resumed = (await house.events()).filter((event) => event.type === 'SyncResumed');
    expect(resumed).toMatchObject([{ data: { runId, attempt: 2 } }]);
  });

  it('another holder keeps off as long as the lease stands', async () => {
    const first = await house.openExecution();
    const runId = await busy();
    await house.openExecution();
    source.heal();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    // Whatever was resumed, was by the holder of the first token.
    const tokens = (await house.events()).flatMap((event) =>
      event.type === 'SyncStarted' || event.type === 'SyncResumed' ? [event.data.token] : [],
    );
    expect(new Set(tokens)).toEqual(new Set(['1']));
    await first();
  });
});

describe('a source', () => {
  it('keeps its identity from the first synchronization on', async () => {
    await house.openExecution();
    const change = (overrides: object) =>
      refusalOf(
        house.ask(SUBJECTS.changeSource, { sourceId: id, settings: house.settings('orders', overrides) }),
      );
    const { connector } = house.settings('orders');
    expect(await change({ timeZone: 'Europe/Rome' })).toBe('answered');
    expect(await change({})).toBe('answered');
    await house.run(id);
    expect(await change({ timeZone: 'Europe/Rome' })).toBe('SOURCE_IDENTITY_FIXED');
    expect(await change({ connector: { ...connector, key: ['id', 'note'] } })).toBe('SOURCE_IDENTITY_FIXED');
    expect(await change({ connector: { ...connector, day: { column: 'other' } } })).toBe(
      'SOURCE_IDENTITY_FIXED',
    );
    expect(await change({ name: 'renamed' })).toBe('answered');
    await until(
      async () => (await house.sql(`SELECT to_regclass('copy.renamed')::text AS v`))[0]?.['v'] !== null,
      'the view',
    );
  });

  it('removed with its elements leaves nothing; registered again it begins anew', async () => {
    await house.openExecution();
    await house.run(id);
    await house.ask(SUBJECTS.removeSource, { sourceId: id, elements: 'delete' });
    await until(async () => (await house.elements.stored(id)) === null, 'the copy to be dropped');
    expect(await house.summaries(id)).toEqual(new Map());
    expect(await house.register('orders')).toBe(id);
    expect((await house.status(id)).pending.total).toBe(18);
    await house.run(id);
    expect(await house.copied('orders')).toHaveLength(18);
  });

  it('removed and registered again keeps its days, and its runs survive a restart', async () => {
    const stop = await house.openExecution();
    await house.run(id);
    await house.ask(SUBJECTS.removeSource, { sourceId: id, elements: 'keep' });
    source.put(row(21, TODAY, 'changed'));
    expect(await house.register('orders')).toBe(id);
    expect((await house.status(id)).pending).toMatchObject({ total: 1, changed: 1 });
    const runId = await busy();
    await stop();
    source.heal();
    await house.openExecution();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    expect(await house.copied('orders')).toContain(`${TODAY} 21 changed`);
  });

  it('registered again with other columns than its copy is refused', async () => {
    await house.openExecution();
    await house.run(id);
    await house.ask(SUBJECTS.removeSource, { sourceId: id, elements: 'keep' });
    source.setColumns([
      { name: 'id', type: 'bigint', role: 'key' },
      { name: 'day', type: 'date', role: 'day' },
    ]);
    expect(await refusalOf(house.register('orders'))).toBe('SOURCE_IDENTITY_FIXED');
  });
});
