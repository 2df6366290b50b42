import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MemoryRow, MemorySource } from '@daymark/sources/memory';
import { EARLIER, openHouse, row, TODAY, YESTERDAY, type House } from '../../test/house';

const DAYS = [EARLIER, YESTERDAY, TODAY] as const;
const day = fc.constantFrom(...DAYS);
const key = fc.integer({ min: 1, max: 6 });

/** What may happen, in any order. Days are small, so deletions never meet the guard but for the whole of a day. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('put' as const), day, key, note: fc.integer({ max: 3, min: 0 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), day, key }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poll' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('run' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resync' as const), day }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

let house: House;
let stops: (() => Promise<void>)[] = [];
let number = 0;

async function start(): Promise<void> {
  for (const stop of stops.toReversed()) await stop();
  stops = [await house.openPolling(), await house.openExecution()];
}

beforeAll(async () => {
  house = await openHouse();
  await start();
});
afterAll(() => house.close());

/** The source as a map, beside the memory source itself. */
interface World {
  readonly id: string;
  readonly name: string;
  readonly source: MemorySource;
  readonly rows: Map<string, MemoryRow>;
}

async function world(): Promise<World> {
  const name = `history_${(number += 1)}`;
  // One element per day that nobody deletes: a day that turns empty is another spec's.
  const given = DAYS.map((on) => row(0, on));
  const source = house.memory(name, given);
  const id = await house.register(name);
  return { id, name, source, rows: new Map(given.map((r) => [`${r['day']} ${r['id']}`, r])) };
}

async function take({ id, source, rows }: World, taken: Step): Promise<void> {
  switch (taken.do) {
    case 'put': {
      const put = row(taken.key, taken.day, `v${taken.note}`);
      source.put(put);
      rows.set(`${taken.day} ${taken.key}`, put);
      return;
    }
    case 'delete':
      source.delete(taken.day, String(taken.key));
      rows.delete(`${taken.day} ${taken.key}`);
      return;
    case 'poll':
      await house.refresh(id);
      return;
    case 'run':
      await house.run(id);
      return;
    case 'resync':
      await house.run(id, { type: 'day', day: taken.day, resync: true });
      return;
    case 'restart':
      await start();
  }
}

type Content = Map<string, string>;

async function targetOf({ id, name }: World): Promise<Content> {
  if ((await house.elements.stored(id)) === null) return new Map();
  const lines = (await house.copied(name)).map((line) => line.split(' ') as [string, string, ...string[]]);
  return new Map(lines.map(([on, key, ...note]) => [`${on} ${key}`, note.join(' ')]));
}

function sourceOf({ rows }: World): Content {
  return new Map([...rows].map(([at, r]) => [at, r['note'] ?? '']));
}

/** The real symmetric difference of a day, by kind. */
function differenceOf(on: string, theirs: Content, ours: Content) {
  const mine = (all: Content) => [...all].filter(([at]) => at.startsWith(on));
  return {
    day: on,
    new: mine(theirs).filter(([at]) => !ours.has(at)).length,
    changed: mine(theirs).filter(([at, note]) => ours.has(at) && ours.get(at) !== note).length,
    deleted: mine(ours).filter(([at]) => !theirs.has(at)).length,
  };
}

async function check(known: World, after: Step['do']): Promise<void> {
  await house.refresh(known.id);
  const [theirs, ours] = [sourceOf(known), await targetOf(known)];
  const summaries = await house.summaries(known.id);
  const sealed = (on: string) => summaries.get(on)?.sealed === true;
  const real = DAYS.map((on) => differenceOf(on, theirs, ours)).filter(
    (d) => d.new + d.changed + d.deleted > 0,
  );
  const { pending, held } = await house.status(known.id);
  expect(pending.days).toEqual(real.filter(({ day: on }) => !sealed(on)));
  expect(held.days).toEqual(real.filter(({ day: on }) => sealed(on)));
  if (after === 'run') expect(pending.total).toBe(0);
  for (const [on, summary] of summaries) {
    expect(summary.elements).toBe([...ours.keys()].filter((at) => at.startsWith(on)).length);
  }
}

describe('any history of a source', () => {
  it('leaves target and status as they have to be after each poll, run, resync and restart', async () => {
    const seed = Number(process.env['DAYMARK_PROPERTY_SEED'] ?? Date.now() % 2 ** 31);
    process.stdout.write(`histories: seed ${seed}\n`);
    const history = fc.array(step, { minLength: 5, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const known = await world();
        for (const taken of [...steps, { do: 'run' as const }]) {
          await take(known, taken);
          if (taken.do !== 'put' && taken.do !== 'delete') await check(known, taken.do);
        }
      }),
      { seed, numRuns: 12, endOnFailure: true, interruptAfterTimeLimit: 60_000 },
    );
  }, 120_000);
});
