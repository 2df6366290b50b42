import { describe, expect, it } from '@jest/globals';
import { endFlow, type Flow, startFlow } from './flows';
import { randomFor, uuidFor } from './random';
import { changesOf, defaultRates, pivotsOf, type Scene, type Tick } from './tick';

const now = Date.parse('2026-11-18T10:00:00Z');
const quiet = { flowsPerMinute: 0, latePerHour: 0, correctionsPerHour: 0, deletionsPerHour: 0 };
const midnight = Date.parse('2026-11-16T23:00:00Z');
const yesterday = { day: '2026-11-17', weekday: 2, startsAt: midnight, endsAt: midnight + 86_400_000 };
const empty: Scene = { running: [], ended: [], earlierDays: [yesterday] };

function tickWith(rates: Partial<Tick['rates']>, changed: Partial<Tick> = {}): Tick {
  return { seed: 's', now, everySeconds: 5, rates: { ...quiet, ...rates }, ...changed };
}

function runningSince(seconds: number, count = 1): Flow[] {
  return Array.from({ length: count }, (_, i) =>
    startFlow(randomFor(`r${i}`), uuidFor(`r${i}`), now - seconds * 1_000),
  );
}

describe('a tick', () => {
  it('is a function of seed, instant and scene', () => {
    const scene = { ...empty, running: runningSince(20, 30) };
    const tick = tickWith(defaultRates);
    expect(changesOf(tick, scene)).toEqual(changesOf(tick, scene));
    expect(changesOf({ ...tick, now: now + 1 }, scene)).not.toEqual(changesOf(tick, scene));
  });

  it('starts flows within its interval, running', () => {
    const { inserts, updates, deletes } = changesOf(tickWith({ flowsPerMinute: 600 }), empty);
    expect(inserts.length).toBeGreaterThan(20);
    for (const flow of inserts) {
      expect(flow).toMatchObject({ status: 'RUNNING', endedAt: null });
      expect(now - Date.parse(flow.startedAt)).toBeLessThanOrEqual(5_000);
    }
    expect([updates, deletes]).toEqual([[], []]);
  });

  it('ends some of those that run, lets some grow, and none run for ever', () => {
    const young = changesOf(tickWith({}), { ...empty, running: runningSince(20, 200) }).updates;
    const ended = young.filter((flow) => flow.status !== 'RUNNING');
    expect(ended.length).toBeGreaterThan(5);
    expect(ended.length).toBeLessThan(100);
    expect(young.some((flow) => flow.status === 'RUNNING' && flow.bytes > 0n)).toBe(true);
    const old = changesOf(tickWith({}), { ...empty, running: runningSince(700, 50) }).updates;
    expect(old.filter((flow) => flow.status === 'RUNNING')).toEqual([]);
  });

  it('puts late flows on the days before', () => {
    const { inserts } = changesOf(tickWith({ latePerHour: 3_600 }), empty);
    expect(inserts.length).toBeGreaterThan(0);
    for (const flow of inserts) {
      expect(Date.parse(flow.startedAt)).toBeGreaterThanOrEqual(yesterday.startsAt);
      expect(Date.parse(flow.startedAt)).toBeLessThan(yesterday.endsAt);
      expect(flow.endedAt).not.toBeNull();
    }
  });

  it('corrects and deletes as many ended flows as it asked for', () => {
    const tick = tickWith({ correctionsPerHour: 3_600, deletionsPerHour: 3_600 });
    const pivots = pivotsOf(tick);
    expect(pivots.length).toBeGreaterThan(0);
    const ended = pivots.map((flowId, i) => {
      const random = randomFor(`e${i}`);
      return endFlow(random, startFlow(random, flowId, midnight), midnight + 1_000);
    });
    const { updates, deletes } = changesOf(tick, { ...empty, ended });
    expect([...updates.map((flow) => flow.flowId), ...deletes]).toEqual(pivots);
    for (const [i, flow] of updates.entries()) {
      expect(flow.bytes).toBeGreaterThan(ended[i]?.bytes ?? 0n);
      expect(flow.startedAt).toBe(ended[i]?.startedAt);
    }
  });

  it('moves numbers within a minute at the default rates, whatever the seed', () => {
    for (const seed of ['a', 'b', 'c', 'd']) {
      const ticks = Array.from({ length: 12 }, (_, i) =>
        tickWith(defaultRates, { seed, now: now + i * 5_000 }),
      );
      const inserted = ticks.flatMap((tick) => changesOf(tick, empty).inserts);
      expect(inserted.length).toBeGreaterThan(3);
    }
  });
});
