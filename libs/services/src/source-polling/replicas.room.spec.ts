/** Two replicas of source-polling on one log and one database. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, type LastPoll, type SourceAnswer } from '@daymark/contracts';
import type { EventLog } from '@daymark/event-log';
import { SourceFault } from '@daymark/sources';
import { openHouse, refusalOf, row, rows, TODAY, until, YESTERDAY, type House } from '../../test/house';
import { openReplica, type Replica } from '../../test/replicas';

let house: House;
let a: Replica;
let b: Replica;

beforeEach(async () => {
  house = await openHouse();
  a = await openReplica(house, 'polling');
  b = await openReplica(house, 'polling');
});
afterEach(() => house.close());

async function registered(name: string, at: Replica = a): Promise<string> {
  const { sourceId } = await at.ask<SourceAnswer>(SUBJECTS.registerSource, {
    settings: house.settings(name),
  });
  await refresh(at, sourceId);
  return sourceId;
}

function refresh(at: Replica, sourceId: string, waitMs = 15_000): Promise<LastPoll> {
  return at.ask(SUBJECTS.refreshStatus, { sourceId, waitMs });
}

async function last(at: Replica, sourceId: string): Promise<LastPoll> {
  const [found] = await at.ask<LastPoll[]>(SUBJECTS.lastPolls, { sourceIds: [sourceId] });
  return found!;
}

async function typesOf(): Promise<string[]> {
  return (await house.events()).map(({ type }) => type);
}

/** Counts the sessions of a source, and can keep the next ones from getting on. */
function gate(name: string) {
  const source = house.memory(name, rows(TODAY, 1, 3));
  const seen = { opened: 0, open: 0, most: 0, at: [] as string[] };
  let closed: Promise<void> | undefined;
  let release = (): void => undefined;
  house.place(name, {
    open: async (options) => {
      seen.opened += 1;
      seen.open += 1;
      seen.most = Math.max(seen.most, seen.open);
      await closed;
      const session = await source.connector.open(options);
      seen.at.push(session.at);
      return { ...session, close: () => ((seen.open -= 1), session.close()) };
    },
  });
  return {
    source,
    seen,
    shut: () => void (closed = new Promise((resolve) => (release = resolve))),
    open: () => {
      closed = undefined;
      release();
    },
  };
}

/** A log whose appends can be made to wait, when everything is decided. */
function hold() {
  let [now, stands] = [false, false];
  return {
    on: () => void ([now, stands] = [true, false]),
    off: () => void (now = false),
    stands: () => stands,
    wire: (log: EventLog): EventLog =>
      Object.assign(Object.create(log) as EventLog, {
        append: async (...args: Parameters<EventLog['append']>) => {
          stands = now;
          await until(() => Promise.resolve(!now), 'the replica to go on');
          return log.append(...args);
        },
      }),
  };
}

describe('polls of one source', () => {
  it('are one at a time over replicas; who asks elsewhere during one shares the next', async () => {
    const { seen, shut, open } = gate('orders');
    const id = await registered('orders');
    const before = { opened: seen.opened };
    shut();
    const first = refresh(a, id);
    await until(async () => (await last(b, id)).checking, 'the poll to be in hand, as the other sees it');
    const shared = [refresh(b, id), refresh(b, id), refresh(a, id)];
    expect(seen.opened).toBe(before.opened + 1);
    open();
    await first;
    const next = await Promise.all(shared);
    for (const { checkedAt, checking } of next) {
      expect(checkedAt! > seen.at[before.opened]!).toBe(true);
      expect(checking).toBe(false);
    }
    // Each replica shares what was asked of it; nobody waits for more than one poll that began after the question.
    expect(seen.opened - before.opened).toBeLessThanOrEqual(3);
    expect(seen.most).toBe(1);
  });

  it('that are due are done once, by one of the replicas', async () => {
    const { seen } = gate('orders');
    const id = await registered('orders');
    await until(async () => !(await last(b, id)).checking, 'the first polls to be over');
    const before = { opened: seen.opened, checkedAt: (await last(a, id)).checkedAt! };
    house.advance(61);
    await until(async () => (await last(b, id)).checkedAt! > before.checkedAt, 'the scheduled poll');
    const third = await openReplica(house, 'polling');
    await refresh(third, id);
    expect(seen.opened).toBe(before.opened + 2);
    expect(seen.most).toBe(1);
  });

  it('are the same for whichever replica is asked', async () => {
    const { source } = gate('orders');
    const id = await registered('orders');
    expect(await last(b, id)).toEqual(await last(a, id));
    source.failAt({
      step: 'open',
      fault: new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true }),
      times: 1,
    });
    await refresh(b, id);
    expect(await last(a, id)).toMatchObject({ problem: { code: 'SOURCE_UNREACHABLE' } });
    expect(await last(a, id)).toEqual(await last(b, id));
    expect((await last(a, id)).nextPollAt).not.toBeNull();
  });

  it('of a replica that was killed are taken over, also the one that somebody waits for', async () => {
    const { seen, shut, open } = gate('orders');
    const id = await registered('orders');
    shut();
    void refresh(a, id).catch(() => undefined);
    await until(async () => (await last(b, id)).checking, 'the poll to be in hand');
    const waiting = refresh(b, id);
    await a.kill();
    open();
    const opened = seen.opened;
    await house.sql(`UPDATE operations.poll_turns SET held_until = now() - interval '1 second'`);
    expect(await waiting).toMatchObject({ checking: false, problem: null });
    expect(seen.opened).toBe(opened + 1);
  });

  it('of a replica that was killed are begun anew by the schedule, though nobody asks', async () => {
    const { shut, open } = gate('orders');
    const id = await registered('orders');
    const before = await last(b, id);
    shut();
    void refresh(a, id).catch(() => undefined);
    await until(async () => (await last(b, id)).checking, 'the poll to be in hand');
    await a.kill();
    open();
    await house.sql(`UPDATE operations.poll_turns SET held_until = now() - interval '1 second',
      begun_at = now() - interval '11 seconds'`);
    await until(async () => (await last(b, id)).checkedAt! > before.checkedAt!, 'the other to poll');
  });

  it('of a replica that stops are handed over at once', async () => {
    const { shut, open, seen } = gate('orders');
    const id = await registered('orders');
    const before = await last(b, id);
    shut();
    const asked = refresh(a, id).catch(() => undefined);
    await until(async () => (await last(b, id)).checking, 'the poll to be in hand');
    const stopped = a.stop();
    open();
    await stopped;
    await asked;
    await until(async () => (await last(b, id)).checkedAt! > before.checkedAt!, 'the other to poll');
    expect(seen.most).toBe(1);
  });

  it('of a replica that stood still say nothing once it goes on', async () => {
    const { source } = gate('orders');
    const id = await registered('orders');
    let first = true;
    house.place('orders', {
      open: (options) => {
        if (!first) return source.connector.open(options);
        first = false;
        a.freeze();
        return Promise.reject(new SourceFault('SOURCE_UNREACHABLE', 'Pulled.', { retryable: true }));
      },
    });
    const late = refresh(a, id);
    await until(async () => (await last(b, id)).checking && !first, 'it to stand still in its poll');
    await house.sql(`UPDATE operations.poll_turns SET held_until = now() - interval '1 second'`);
    const seen = await refresh(b, id);
    expect(seen.problem).toBeNull();
    const events = await typesOf();
    a.thaw();
    expect(await late).toMatchObject({ problem: null });
    expect(await typesOf()).toEqual(events);
  });

  it('that two replicas made of one change tell it once', async () => {
    const { source } = gate('orders');
    const held = hold();
    const slow = await openReplica(house, 'polling', { log: held.wire });
    const id = await registered('orders');
    const before = (await typesOf()).length;
    source.insert(row(9, TODAY), row(10, YESTERDAY));
    held.on();
    const first = refresh(slow, id);
    await until(() => Promise.resolve(held.stands()), 'the first to have decided');
    await house.sql(`UPDATE operations.poll_turns SET held_until = now() - interval '1 second'`);
    await refresh(b, id);
    held.off();
    await first;
    expect((await typesOf()).slice(before)).toEqual(['PendingElementsDetected']);
    expect((await house.status(id)).pending.total).toBe(5);
  });
});

describe('names', () => {
  const taken = (work: Promise<unknown>) => refusalOf(work);

  it('are registered once when two replicas are asked at once', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    house.memory('other', rows(TODAY, 1, 1));
    for (let i = 0; i < 8; i += 1) {
      const ask = (at: Replica, table: string) =>
        taken(
          at.ask(SUBJECTS.registerSource, {
            settings: house.settings(`twice${i}`, { connector: house.settings(table).connector }),
          }),
        );
      const answers = await Promise.all([ask(a, 'orders'), ask(b, 'other')]);
      expect(answers.sort()).toEqual(['SOURCE_NAME_TAKEN', 'answered']);
    }
  });

  it('go to one of two sources that are renamed at the same instant, and of a rename and a registration', async () => {
    for (const name of ['one', 'two', 'three']) house.memory(name, rows(TODAY, 1, 1));
    const held = hold();
    const slow = await openReplica(house, 'polling', { log: held.wire });
    const [one, two] = [await registered('one'), await registered('two', b)];
    const rename = (at: Replica, sourceId: string, from: string, to: string) =>
      taken(at.ask(SUBJECTS.changeSource, { sourceId, settings: { ...house.settings(from), name: to } }));
    const fresh = (name: string) => house.settings(name, { connector: house.settings('three').connector });
    const others = [
      (name: string) => rename(b, two, 'two', name),
      (name: string) => taken(b.ask(SUBJECTS.registerSource, { settings: fresh(name) })),
    ];
    for (const [i, other] of others.entries()) {
      held.on();
      const first = rename(slow, one, 'one', `wanted${i}`);
      await until(() => Promise.resolve(held.stands()), 'the first to have decided');
      let answered = false;
      const second = other(`wanted${i}`).finally(() => (answered = true));
      await until(
        async () => answered || (await waitingLocks()) > 0,
        'the other to have come as far as it can',
      );
      held.off();
      expect([await first, await second]).toEqual(['answered', 'SOURCE_NAME_TAKEN']);
    }
  });

  async function waitingLocks(): Promise<number> {
    const waiting = await house.sql(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`);
    return waiting.length;
  }

  it('are free again with a removal, for whichever replica is asked next', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const id = await registered('orders');
    await a.ask(SUBJECTS.removeSource, { sourceId: id, elements: 'keep' });
    expect(await registered('orders', b)).toBe(id);
  });
});

describe('a command that comes again', () => {
  const caller = () => ({ commandId: randomUUID() });

  it('minutes later, at the other replica, has no second effect', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const [register, change, remove] = [caller(), caller(), caller()];
    const settings = house.settings('orders');
    const asked = { settings };
    const { sourceId } = await a.ask<SourceAnswer>(SUBJECTS.registerSource, asked, register);
    expect(await b.ask(SUBJECTS.registerSource, asked, register)).toMatchObject({ sourceId, revision: 1 });
    const changed = { sourceId, settings: { ...settings, name: 'renamed' }, expectedRevision: 1 };
    await a.ask(SUBJECTS.changeSource, changed, change);
    await b.ask(SUBJECTS.changeSource, { sourceId, settings: { ...settings, name: 'again' } });
    house.advance(3);
    const before = await house.recorded();
    expect(await b.ask(SUBJECTS.registerSource, asked, register)).toMatchObject({ sourceId, revision: 3 });
    expect(await b.ask(SUBJECTS.changeSource, changed, change)).toMatchObject({
      revision: 3,
      settings: { name: 'again' },
    });
    expect(await house.recorded()).toEqual(before);
    await a.ask(SUBJECTS.removeSource, { sourceId, elements: 'keep' }, remove);
    expect(await refusalOf(b.ask(SUBJECTS.registerSource, asked, register))).toBe('SOURCE_UNKNOWN');
    await a.ask(SUBJECTS.registerSource, { settings: { ...settings, name: 'again' } });
    await b.ask(SUBJECTS.removeSource, { sourceId, elements: 'keep' }, remove);
    expect((await refresh(a, sourceId)).problem).toBeNull();
  });

  it('under another id with a revision that is out of date is refused', async () => {
    house.memory('orders', rows(TODAY, 1, 1));
    const sourceId = await registered('orders');
    const change = (at: Replica, minutes: number) =>
      refusalOf(
        at.ask(SUBJECTS.changeSource, {
          sourceId,
          settings: house.settings('orders', { pollingIntervalMinutes: minutes }),
          expectedRevision: 1,
        }),
      );
    const both = await Promise.all([change(a, 7), change(b, 8)]);
    expect(both.sort()).toEqual(['SOURCE_REVISION_STALE', 'answered']);
    expect(await change(b, 9)).toBe('SOURCE_REVISION_STALE');
  });
});
