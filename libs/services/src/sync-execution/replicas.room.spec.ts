/** Two replicas of sync-execution on one log and one database. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, type LiveRun, type RequestRunAnswer } from '@daymark/contracts';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import {
  EARLIER,
  openHouse,
  row,
  rows,
  TODAY,
  until,
  YESTERDAY,
  type House,
  type Wires,
} from '../../test/house';
import { openReplica, type Replica } from '../../test/replicas';

let house: House;
let source: MemorySource;
let id: string;
let a: Replica;
let b: Replica;

beforeEach(async () => {
  house = await openHouse();
  await house.openPolling();
  source = memory('orders');
  id = await house.register('orders');
});
afterEach(() => house.close());

function memory(name: string): MemorySource {
  return house.memory(name, [...rows(EARLIER, 1, 6), ...rows(YESTERDAY, 11, 16), ...rows(TODAY, 21, 26)]);
}

async function openBoth(wires: Wires = {}): Promise<void> {
  a = await openReplica(house, 'execution', wires);
  b = await openReplica(house, 'execution', wires);
}

const pulled = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });

function request(at: Replica, sourceId: string, body: object = {}): Promise<RequestRunAnswer> {
  return at.ask(SUBJECTS.requestRun, {
    runId: randomUUID(),
    sourceId,
    type: 'incremental',
    resync: false,
    dryRun: false,
    trigger: { kind: 'api', actor: 'test', occurrence: null },
    ...body,
  });
}

async function live(at: Replica, ...runIds: string[]): Promise<LiveRun[]> {
  return at.ask(SUBJECTS.liveRuns, { runIds });
}

async function expire(): Promise<void> {
  await house.sql(`UPDATE elements.leases SET expires_at = now() - interval '1 second'`);
}

async function typesOf(runId: string): Promise<string[]> {
  const own = (await house.events()).filter((event) => 'runId' in event.data && event.data.runId === runId);
  return own.map(({ type }) => type);
}

async function count(runId: string, type: string): Promise<number> {
  return (await typesOf(runId)).filter((each) => each === type).length;
}

/** A run at `a` that cannot end before `heal`. */
async function busyAtA(): Promise<string> {
  a = await openReplica(house, 'execution');
  source.failAt({ step: 'elements', day: TODAY, fault: pulled, times: 1_000_000 });
  const { runId } = await request(a, id);
  await until(async () => (await live(a, runId))[0]?.problem?.code === 'SOURCE_UNREACHABLE', 'the run');
  await until(async () => (await house.summaries(id)).size === 2, 'two days to be committed');
  return runId;
}

describe('runs of one source', () => {
  it('are one at a time; equal ones that both replicas are asked for at once are one', async () => {
    await openBoth();
    let [open, most] = [0, 0];
    house.place('orders', {
      open: async (options) => {
        most = Math.max(most, (open += 1));
        const session = await source.connector.open(options);
        return { ...session, close: () => ((open -= 1), session.close()) };
      },
    });
    const day = { type: 'day', day: EARLIER, resync: true };
    const bodies = [{}, {}, {}, {}, day, day, day, day, { dryRun: true }, { dryRun: true }];
    const answers = await Promise.all(bodies.map((body, i) => request(i % 2 === 0 ? a : b, id, body)));
    const runs = new Set(answers.map(({ runId }) => runId));
    for (const runId of runs) {
      expect((await house.ended(runId)).type).toBe('SyncCompleted');
      expect(await count(runId, 'SyncStarted')).toBe(1);
    }
    const begun = (await house.events()).flatMap(({ type }) =>
      /^Sync(Started|Completed)$/.test(type) ? [type] : [],
    );
    expect(begun).toEqual(begun.map((_, i) => (i % 2 === 0 ? 'SyncStarted' : 'SyncCompleted')));
    // An incremental that came after the first had ended is a run of its own; equal ones never wait beside each other.
    expect(runs.size).toBeLessThanOrEqual(6);
    expect(most).toBe(1);
    expect(await house.copied('orders')).toHaveLength(18);
  });

  it('wait for one that the other replica works on, and start when it ends', async () => {
    const first = await busyAtA();
    b = await openReplica(house, 'execution');
    const { runId, existing } = await request(b, id, { type: 'day', day: EARLIER, resync: true });
    expect(existing).toBe(false);
    expect(await request(b, id, { type: 'day', day: TODAY })).toMatchObject({ runId: first, existing: true });
    for (const at of [a, b]) expect(await live(at, first)).toMatchObject([{ runId: first, daysDone: 2 }]);
    expect(await typesOf(runId)).not.toContain('SyncStarted');
    source.heal();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    const order = (await house.events()).flatMap((event) =>
      event.type === 'SyncStarted' || event.type === 'SyncCompleted' ? [event.data.runId] : [],
    );
    expect(order).toEqual([first, first, runId, runId]);
  });

  it('are cancelled at the replica that holds them, whichever is asked, also while it sits a fault out', async () => {
    // Sits out for ever: only the wish itself can end it.
    const patient: Wires = {
      pause: (pause) => (ms, signal) => pause(ms > 3_000 || ms < 900 ? ms : ms * 1_000, signal),
    };
    a = await openReplica(house, 'execution', patient);
    source.failAt({ step: 'open', fault: pulled, times: 1_000_000 });
    const { runId } = await request(a, id);
    await until(async () => (await live(a, runId))[0]?.problem?.code === 'SOURCE_UNREACHABLE', 'the run');
    b = await openReplica(house, 'execution');
    await b.ask(SUBJECTS.cancelRun, { runId });
    expect((await house.ended(runId)).type).toBe('SyncCancelled');
    expect(await count(runId, 'SyncCancelRequested')).toBe(1);
  });

  it('that both replicas are asked to cancel at once are cancelled once', async () => {
    const runId = await busyAtA();
    b = await openReplica(house, 'execution');
    await Promise.all([a, b, a, b].map((at) => at.ask(SUBJECTS.cancelRun, { runId })));
    source.heal();
    expect((await house.ended(runId)).type).toBe('SyncCancelled');
    expect(await count(runId, 'SyncCancelRequested')).toBe(1);
    expect(await count(runId, 'SyncCancelled')).toBe(1);
  });

  it('asked for again minutes after their end have no second effect', async () => {
    await openBoth();
    const runId = randomUUID();
    await request(a, id, { runId });
    await house.ended(runId);
    await until(async () => (await typesOf(runId)).includes('RunReleased'), 'the run to leave the queue');
    await house.refresh(id);
    house.advance(3);
    const before = await house.recorded();
    expect(await request(b, id, { runId })).toMatchObject({ runId, existing: false });
    await expect(b.ask(SUBJECTS.cancelRun, { runId })).rejects.toMatchObject({
      problem: { code: 'RUN_FINISHED' },
    });
    expect(await house.recorded()).toEqual(before);
  });
});

describe('the limit of runs', () => {
  it('holds over replicas; who waits starts when another ends', async () => {
    await openBoth();
    const names = ['one', 'two', 'three', 'four', 'five'];
    const sources = new Map<string, MemorySource>();
    for (const name of names) {
      const given = memory(name);
      sources.set(await house.register(name), given);
      given.failAt({ step: 'open', fault: pulled, times: 1_000_000 });
    }
    const runs: string[] = [];
    for (const [i, sourceId] of [...sources.keys()].entries())
      runs.push((await request(i % 2 === 0 ? a : b, sourceId)).runId);
    const ended = new Set<string>();
    while (ended.size < runs.length) {
      const working = async () => (await live(a, ...runs)).filter(({ runId }) => !ended.has(runId));
      const expected = Math.min(2, runs.length - ended.size);
      await until(async () => (await working()).length === expected, 'as many to be at work as may be');
      const held = await house.sql('SELECT source_id::text AS source FROM elements.leases');
      expect(held.length).toBeLessThanOrEqual(2);
      const [one] = await working();
      const at = runs.indexOf(one!.runId);
      [...sources.values()][at]!.heal();
      expect((await house.ended(one!.runId)).type).toBe('SyncCompleted');
      ended.add(one!.runId);
    }
  });
});

describe('a replica that is killed', () => {
  it('in the middle of a run is followed by the other, within the lease and by itself', async () => {
    const runId = await busyAtA();
    b = await openReplica(house, 'execution');
    await a.kill();
    source.heal();
    const begun = process.hrtime.bigint();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
    expect(seconds).toBeLessThan(14);
    expect(await count(runId, 'SyncStarted')).toBe(1);
    expect(await count(runId, 'DaySynchronized')).toBe(3);
    expect(await house.copied('orders')).toHaveLength(18);
    for (const summary of (await house.summaries(id)).values()) expect(summary.revision).toBe(1);
  }, 40_000);
});

describe('a replica that stands still for longer than its lease', () => {
  it('in the middle of a day commits nothing once it goes on, and stops', async () => {
    let frozen = false;
    source = memory('orders');
    a = await openReplica(house, 'execution', {
      elements: (elements) => ({
        ...elements,
        openRun: async (lease, given) => {
          const run = await elements.openRun(lease, given);
          return {
            ...run,
            commit: (session, work) => {
              if (work.day === TODAY && !frozen) {
                frozen = true;
                a.freeze();
              }
              return run.commit(session, work);
            },
          };
        },
      }),
    });
    const { runId } = await request(a, id);
    await until(() => Promise.resolve(frozen), 'the holder to stand still');
    b = await openReplica(house, 'execution');
    source.put(row(21, TODAY, 'changed meanwhile'));
    await expire();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    await until(async () => (await typesOf(runId)).includes('RunReleased'), 'the run to leave the queue');
    await house.refresh(id);
    const [events, summaries, copied] = [
      await house.events(),
      await house.summaries(id),
      await house.copied('orders'),
    ];
    a.thaw();
    await until(async () => (await house.sql('SELECT 1 FROM elements.leases')).length === 0, 'no lease');
    await a.stop();
    expect(await house.events()).toEqual(events);
    expect(await house.summaries(id)).toEqual(summaries);
    expect(await house.copied('orders')).toEqual(copied);
    expect(await count(runId, 'DaySynchronized')).toBe(3);
  });

  it('right before it ends a run does not end it for the holder that followed', async () => {
    const held = { now: false, stands: false };
    a = await openReplica(house, 'execution', {
      log: (log) =>
        Object.assign(Object.create(log) as typeof log, {
          append: async (...args: Parameters<typeof log.append>) => {
            if (args[1].some(({ type }) => type === 'SyncFailed')) {
              held.stands = held.now = true;
              await until(() => Promise.resolve(!held.now), 'the holder to go on');
            }
            return log.append(...args);
          },
        }),
    });
    source.failAt({ step: 'open', fault: new SourceFault('SOURCE_PERMISSION_DENIED', 'No.'), times: 1 });
    const { runId } = await request(a, id);
    await until(() => Promise.resolve(held.stands), 'the first to have decided on the end');
    source.failAt({ step: 'elements', day: TODAY, fault: pulled, times: 1_000_000 });
    b = await openReplica(house, 'execution');
    await expire();
    await until(async () => (await house.summaries(id)).size === 2, 'the other to work on it');
    held.now = false;
    await until(async () => (await house.sql(`SELECT 1 FROM elements.leases`)).length === 1, 'one holder');
    expect(await typesOf(runId)).not.toContain('SyncFailed');
    source.heal();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    expect(await count(runId, 'DaySynchronized')).toBe(3);
  });

  it('in a drop of a removed source leaves alone what was copied since it came back', async () => {
    let stands = false;
    await house.openExecution();
    await house.run(id);
    a = await openReplica(house, 'execution', {
      elements: (elements) => ({
        ...elements,
        acquire: async (wanted) => {
          const lease = await elements.acquire(wanted);
          if (lease !== null && !stands) {
            stands = true;
            a.freeze();
          }
          return lease;
        },
      }),
    });
    await house.ask(SUBJECTS.removeSource, { sourceId: id, elements: 'delete' });
    await until(async () => {
      if (stands) await expire();
      return stands && (await house.elements.stored(id)) === null;
    }, 'the other to drop it');
    await house.register('orders');
    await house.run(id);
    a.thaw();
    await a.stop();
    expect(await house.copied('orders')).toHaveLength(18);
    expect((await house.summaries(id)).size).toBe(3);
  });
});
