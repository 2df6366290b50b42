/** Whatever a handler is sent that is no question of its kind is refused by one shape, and nothing comes of it. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NUDGES, SUBJECTS } from '@daymark/contracts';
import { createInProcessBus, type InProcessBus } from '@daymark/messaging/in-process';
import { SourcePollingController } from '../src/source-polling/controller';
import { SyncExecutionController } from '../src/sync-execution/controller';
import { openHouse, rows, TODAY, until, type House } from './house';

let house: House;
let bus: InProcessBus;
let id: string;

beforeEach(async () => {
  house = await openHouse();
  bus = createInProcessBus();
  await house.openPolling();
  house.memory('orders', rows(TODAY, 1, 3));
  id = await house.register('orders');
  await house.openPolling({ bus });
  await house.openExecution({ bus });
});
afterEach(async () => {
  bus.close();
  await house.close();
});

const caller = () => ({ actor: 'test', commandId: randomUUID(), correlationId: 'test' });

/** A question of each kind as it should be. */
function good(): Record<string, Record<string, unknown>> {
  const settings = house.settings('other', { connector: house.settings('orders').connector });
  const trigger = { kind: 'api', actor: 'test', occurrence: null };
  return {
    [SUBJECTS.registerSource]: { caller: caller(), settings },
    [SUBJECTS.changeSource]: { caller: caller(), sourceId: id, settings, expectedRevision: 1 },
    [SUBJECTS.removeSource]: { caller: caller(), sourceId: id, elements: 'keep' },
    [SUBJECTS.testSource]: { caller: caller(), settings },
    [SUBJECTS.refreshStatus]: { sourceId: id, waitMs: 1_000, correlationId: 'test' },
    [SUBJECTS.lastPolls]: { sourceIds: [id] },
    [SUBJECTS.requestRun]: {
      ...{ caller: caller(), runId: randomUUID(), sourceId: id, type: 'incremental' },
      ...{ resync: false, dryRun: true, trigger },
    },
    [SUBJECTS.cancelRun]: { caller: caller(), runId: randomUUID() },
    [SUBJECTS.liveRuns]: { runIds: [randomUUID()] },
  };
}

type Path = readonly string[];

/** Every member, however deep; what is in a list counts as the list's. */
function paths(value: unknown, above: Path = []): Path[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    [...above, name],
    ...paths(member, [...above, name]),
  ]);
}

function withMember(question: unknown, [name = '', ...rest]: Path, value: unknown): unknown {
  const object = question as Record<string, unknown>;
  const inner = rest.length === 0 ? value : withMember(object[name], rest, value);
  return { ...object, [name]: inner };
}

const wrong: readonly unknown[] = [
  {},
  [],
  [{}],
  -1,
  0.5,
  true,
  '',
  'x'.repeat(5_000),
  { $gt: '' },
  [[['x']]],
];
const garbage = [
  '',
  'null',
  '[]',
  '42',
  '"text"',
  '{',
  '{}',
  '{"caller":null}',
  '{"__proto__":{"caller":1}}',
  '\u0000',
];

/** What some member may well be. */
function isAllowed(path: Path, value: unknown): boolean {
  const name = path.at(-1);
  if (typeof value === 'boolean') return name === 'resync' || name === 'dryRun';
  return Array.isArray(value) && value.length === 0 && (name === 'sourceIds' || name === 'runIds');
}

/** The question with one member spoilt, in every way. */
function spoilt(question: Record<string, unknown>): string[] {
  return paths(question).flatMap((path) =>
    wrong
      .filter((value) => !isAllowed(path, value))
      .map((value) => JSON.stringify(withMember(question, path, value))),
  );
}

async function codeOf(subject: string, text: string): Promise<string> {
  const answer = await bus.request(subject, text, 10_000);
  return /"code":"([A-Z_]+)"/.exec(answer)?.[1] ?? answer;
}

describe('what is no question', () => {
  it('is refused by its path, member by member, and leaves no trace', async () => {
    const before = await house.recorded();
    const tried = Object.entries(good()).flatMap(([subject, question]) => [
      ...garbage.map((text) => ({ subject, text })),
      { subject, text: JSON.stringify({ ...question, more: 1 }) },
      ...spoilt(question).map((text) => ({ subject, text })),
    ]);
    for (const { subject, text } of tried)
      expect([subject, text.slice(0, 400), await codeOf(subject, text)]).toEqual([
        subject,
        text.slice(0, 400),
        expect.stringMatching(/^QUESTION_(INVALID|MALFORMED)$/),
      ]);
    expect(tried.length).toBeGreaterThan(500);
    expect(await house.recorded()).toEqual(before);
  }, 60_000);

  it('does no harm as a nudge', async () => {
    for (const text of [...garbage, `{"sourceId":[]}`, `{"sourceId":"${randomUUID()}"}`])
      bus.publish(NUDGES.runEnded, text);
    bus.publish(NUDGES.runEnded, JSON.stringify({ sourceId: id, correlationId: {} }));
    const [last] = await house.messenger.ask<{ checkedAt: string }[]>(
      SUBJECTS.lastPolls,
      { sourceIds: [id] },
      { timeoutMs: 5_000 },
    );
    bus.publish(NUDGES.runEnded, JSON.stringify({ sourceId: id }));
    await until(async () => {
      const [now] = await house.messenger.ask<{ checkedAt: string }[]>(
        SUBJECTS.lastPolls,
        { sourceIds: [id] },
        { timeoutMs: 5_000 },
      );
      return now!.checkedAt > last!.checkedAt;
    }, 'the one that is right to be followed');
  });

  it('is tried on every handler that there is', () => {
    const patterns = [SourcePollingController, SyncExecutionController].flatMap(({ prototype }) =>
      Object.getOwnPropertyNames(prototype).flatMap((name) => {
        const handler: unknown = Reflect.get(prototype, name);
        if (typeof handler !== 'function') return [];
        return (Reflect.getMetadata('microservices:pattern', handler) as unknown[] | undefined) ?? [];
      }),
    );
    expect(patterns.sort()).toEqual([...Object.keys(good()), NUDGES.runEnded].sort());
  });
});
