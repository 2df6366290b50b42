/**
 * Two of each service and more, on one log and one database, while messages are lost, repeated and late and processes are
 * killed, stopped and made to stand still. Then everything is healed, and nothing may be left of it. `DAYMARK_PROPERTY_SEED`
 * repeats a history (its messages and faults; not the machine's own timing).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SUBJECTS, type DaymarkEvent, type RequestRunAnswer } from '@daymark/contracts';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import { openFleet, pick, randomFrom, type Fleet, type Random } from './fleet';
import { EARLIER, openHouse, row, rows, TODAY, until, YESTERDAY, type House } from './house';

const seed = Number(process.env['DAYMARK_PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const STEPS = 150;
const DAYS = [EARLIER, YESTERDAY, TODAY] as const;

interface World {
  readonly id: string;
  readonly name: string;
  readonly source: MemorySource;
  /** What the source holds: \`day id note\` by day and id. */
  readonly held: Map<string, string>;
}

let house: House;
let fleet: Fleet;
let random: Random;
let worlds: World[];
/** Ids of runs that were asked for, each once. */
let asked: Set<string>;
let inHand: Promise<unknown>[];

beforeEach(async () => {
  process.stdout.write(`simulation: seed ${seed}\n`);
  house = await openHouse();
  random = randomFrom(seed);
  [worlds, asked, inHand] = [[], new Set(), []];
  fleet = await openFleet(house, random, 2);
  for (const name of ['one', 'two', 'three']) worlds.push(await world(name));
});
afterEach(async () => {
  fleet.thaw();
  await house.close();
});

async function world(name: string): Promise<World> {
  const given = DAYS.flatMap((day, i) => rows(day, i * 100 + 1, i * 100 + 12));
  const source = house.memory(name, given);
  const settings = house.settings(name);
  const answer = await fleet.ask('polling', SUBJECTS.registerSource, { settings }, command());
  const { sourceId: id } = answer as { sourceId: string };
  const held = new Map(given.map((each) => [`${each['day']} ${each['id']}`, `${each['note']}`]));
  return { id, name, source, held };
}

const command = () => ({ commandId: randomUUID() });

function background(work: Promise<unknown>): void {
  inHand.push(work);
  work.catch(() => undefined); // looked at in the end
}

const steps: readonly (readonly [weight: number, take: () => Promise<void> | void])[] = [
  [8, mutate],
  [6, requestRun],
  [2, cancelRun],
  [3, refresh],
  [2, breakSource],
  [2, expireClaims],
  [2, () => fleet.kill('execution')],
  [1, () => fleet.kill('polling')],
  [1, () => fleet.stop(pick(random, ['execution', 'polling']))],
  [2, () => fleet.freeze(pick(random, ['execution', 'polling']))],
  [3, () => fleet.thaw()],
  [3, changeSource],
];

function mutate(): void {
  const { source, held } = pick(random, worlds);
  const day = pick(random, DAYS);
  const id = DAYS.indexOf(day) * 100 + 1 + Math.floor(random() * 14);
  if (random() < 0.2 && held.size > 30) {
    source.delete(day, String(id));
    held.delete(`${day} ${id}`);
    return;
  }
  const note = `changed ${Math.floor(random() * 1_000)}`;
  source.put(row(id, day, note));
  held.set(`${day} ${id}`, note);
}

function requestRun(): void {
  const { id: sourceId } = pick(random, worlds);
  const runId = randomUUID();
  const day = { type: 'day', day: pick(random, DAYS), resync: true };
  const body = pick(random, [{}, {}, { dryRun: true }, day, { type: 'range', from: EARLIER, to: TODAY }]);
  background(ask(sourceId, runId, body));
}

async function ask(sourceId: string, runId: string, body: object): Promise<string> {
  const question = {
    ...{ runId, sourceId, type: 'incremental', resync: false, dryRun: false },
    ...{ trigger: { kind: 'api', actor: 'test', occurrence: null }, ...body },
  };
  const answer = await fleet.ask('execution', SUBJECTS.requestRun, question, command());
  asked.add((answer as RequestRunAnswer).runId);
  return (answer as RequestRunAnswer).runId;
}

function cancelRun(): void {
  if (asked.size === 0) return;
  const runId = pick(random, [...asked]);
  background(fleet.ask('execution', SUBJECTS.cancelRun, { runId }, command()).catch(() => undefined));
}

function refresh(): void {
  const { id: sourceId } = pick(random, worlds);
  background(fleet.ask('polling', SUBJECTS.refreshStatus, { sourceId, waitMs: 2_000 }, command()));
}

function breakSource(): void {
  const fault = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });
  pick(random, worlds).source.failAt({ step: pick(random, ['open', 'census', 'elements']), fault, times: 3 });
}

/** Every holder looks dead for a moment, whether it is or not. */
async function expireClaims(): Promise<void> {
  await house.sql(`UPDATE elements.leases SET expires_at = now() - interval '1 second'`);
  await house.sql(`UPDATE operations.poll_turns SET held_until = now() - interval '1 second'`);
}

function changeSource(): void {
  const { id: sourceId, name } = pick(random, worlds);
  const settings = house.settings(name, { pollingIntervalMinutes: 1 + Math.floor(random() * 60) });
  background(fleet.ask('polling', SUBJECTS.changeSource, { sourceId, settings }, command()));
}

async function takeStep(): Promise<void> {
  const total = steps.reduce((sum, [weight]) => sum + weight, 0);
  let place = random() * total;
  for (const [weight, take] of steps) {
    place -= weight;
    if (place < 0) return take();
  }
}

async function queues(): Promise<string[]> {
  const queued = new Set<string>();
  for (const event of await house.events()) {
    if (event.type === 'RunQueued') queued.add(event.data.request.runId);
    if (event.type === 'RunReleased') queued.delete(event.data.runId);
  }
  return [...queued];
}

async function heal(): Promise<void> {
  fleet.thaw();
  fleet.heal();
  for (const { source } of worlds) source.heal();
  await expireClaims(); // the dead ones' would run out by themselves
  await Promise.all(inHand);
  await until(async () => (await queues()).length === 0, 'every run to end');
}

/** Takes everything, the sealed days too, and polls. */
async function settle({ id: sourceId }: World): Promise<void> {
  const runId = await ask(sourceId, randomUUID(), { type: 'range', from: EARLIER, to: TODAY, resync: true });
  expect((await house.ended(runId)).type).toBe('SyncCompleted');
  await until(async () => !(await queues()).includes(runId), 'the run to leave the queue');
  await fleet.ask('polling', SUBJECTS.refreshStatus, { sourceId, waitMs: 15_000 }, command());
}

it('two of each: whatever happens to them, the copy is whole and the log adds up', async () => {
  for (let i = 0; i < STEPS; i += 1) {
    await takeStep();
    await delay(Math.floor(random() * 60)); // time passes: what is in hand goes on for a while
  }
  await heal();
  for (const each of worlds) await settle(each);
  await until(async () => (await house.sql('SELECT 1 FROM elements.leases')).length === 0, 'no lease');
  await until(async () => (await openPolls()) === 0, 'no poll in hand');

  const events = await house.events();
  for (const each of worlds) {
    const expected = [...each.held].map(([place, note]) => `${place} ${note}`);
    expect((await house.copied(each.name)).sort()).toEqual(expected.sort());
    expect(await house.status(each.id)).toMatchObject({ pending: { total: 0 }, held: { total: 0 } });
    await checkDays(each.id, events);
    checkTurns(each.id, events);
  }
  checkRuns(events);
  const count = (type: DaymarkEvent['type']) => eventsOf(events, type).length;
  process.stdout.write(
    `simulation: ${asked.size} runs, ${count('SyncResumed')} resumed, ${count('SyncCancelled')} cancelled\n`,
  );
}, 60_000);

async function openPolls(): Promise<number> {
  const open = await house.sql(
    'SELECT 1 FROM operations.poll_turns WHERE holder IS NOT NULL OR begun > ended',
  );
  return open.length;
}

type Of<Type extends DaymarkEvent['type']> = Extract<DaymarkEvent, { type: Type }>;

function eventsOf<Type extends DaymarkEvent['type']>(
  events: readonly DaymarkEvent[],
  ...types: Type[]
): Of<Type>[] {
  return events.filter((event): event is Of<Type> => (types as string[]).includes(event.type));
}

/** Each commit of each day is told once: by its revision, and by its run. */
async function checkDays(sourceId: string, events: readonly DaymarkEvent[]): Promise<void> {
  const days = eventsOf(events, 'DaySynchronized').filter(({ data }) => data.sourceId === sourceId);
  for (const [day, { revision }] of await house.summaries(sourceId)) {
    const told = days.filter(({ data }) => data.day === day).map(({ data }) => data.revision);
    expect([day, told.sort((x, y) => x - y)]).toEqual([
      day,
      Array.from({ length: revision }, (_, i) => i + 1),
    ]);
  }
  const byRun = days.map(({ data }) => `${data.runId} ${data.day}`);
  expect(new Set(byRun).size).toBe(byRun.length);
}

/** One run at a time, by holders whose tokens never fall. */
function checkTurns(sourceId: string, events: readonly DaymarkEvent[]): void {
  const own = eventsOf(
    events,
    ...(['SyncStarted', 'SyncResumed', 'SyncCompleted', 'SyncFailed', 'SyncCancelled'] as const),
  ).filter(({ data }) => data.sourceId === sourceId);
  let running: string | null = null;
  let token = 0;
  for (const event of own) {
    const { runId } = event.data;
    if (event.type === 'SyncStarted' || event.type === 'SyncResumed') {
      expect([null, runId]).toContain(running);
      expect(Number(event.data.token)).toBeGreaterThanOrEqual(token);
      token = Number(event.data.token);
      running = runId;
    } else if (running === runId) {
      running = null;
    }
  }
  expect(running).toBeNull();
}

/** Each run was asked for, queued and ended once. */
function checkRuns(events: readonly DaymarkEvent[]): void {
  const requested = eventsOf(events, 'SyncRequested', 'ResyncRequested').map(({ data }) => data.runId);
  const queued = eventsOf(events, 'RunQueued').map(({ data }) => data.request.runId);
  const ended = eventsOf(events, 'SyncCompleted', 'SyncFailed', 'SyncCancelled').map(
    ({ data }) => data.runId,
  );
  const started = eventsOf(events, 'SyncStarted').map(({ data }) => data.runId);
  expect(new Set(started).size).toBe(started.length);
  expect(requested.toSorted()).toEqual([...asked].sort());
  expect(ended.toSorted()).toEqual(requested.toSorted());
  expect(new Set(queued)).toEqual(new Set(requested));
}
