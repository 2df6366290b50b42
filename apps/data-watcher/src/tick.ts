import { type DayBounds, endFlow, type Flow, instantOf, startFlow } from './flows';
import { between, countOf, type Random, randomFor, uuidFor } from './random';

/** How much happens. */
export interface Rates {
  readonly flowsPerMinute: number;
  /** Rows that appear on one of the three days before today. */
  readonly latePerHour: number;
  /** Repeated transfers: rows of today and the three days before that change after they had ended. */
  readonly correctionsPerHour: number;
  readonly deletionsPerHour: number;
}

export const defaultRates: Rates = {
  flowsPerMinute: 12,
  latePerHour: 12,
  correctionsPerHour: 30,
  deletionsPerHour: 6,
};

/** What a tick needs to know of the table. */
export interface Scene {
  readonly running: readonly Flow[];
  /** Flows of the last days that have ended, chosen by `pivots`; a correction or a deletion takes the next. */
  readonly ended: readonly Flow[];
  /** Yesterday and the two days before it. */
  readonly earlierDays: readonly DayBounds[];
}

export interface Changes {
  readonly inserts: readonly Flow[];
  readonly updates: readonly Flow[];
  readonly deletes: readonly string[];
}

export interface Tick {
  readonly seed: string;
  readonly now: number;
  readonly everySeconds: number;
  readonly rates: Rates;
}

/** Half of the flows that run have ended after this time. */
const halfLifeSeconds = 25;
const longestSeconds = 600;

/** Keys from which on the ended flows of a scene are looked for: so many as the tick may change. */
export function pivotsOf(tick: Tick): string[] {
  const { corrections, deletions } = happenings(tick);
  return Array.from({ length: corrections + deletions }, (_, i) => uuidFor(`${labelOf(tick)}/pivot/${i}`));
}

/** What happens in the time before `now`: a function of the seed, the instant and the scene alone. */
export function changesOf(tick: Tick, scene: Scene): Changes {
  const random = randomFor(labelOf(tick));
  const { started, late, corrections } = happenings(tick);
  const inserts = Array.from({ length: started }, (_, i) => {
    const startedAt = tick.now - Math.floor(random() * tick.everySeconds * 1_000);
    return startFlow(random, uuidFor(`${labelOf(tick)}/${i}`), startedAt);
  });
  const lateFlows = Array.from({ length: late }, (_, i) => lateFlow(random, tick, scene, i));
  return {
    inserts: [...inserts, ...lateFlows.flat()],
    updates: [
      ...scene.running.flatMap((flow) => progressOf(random, tick, flow)),
      ...scene.ended.slice(0, corrections).map((flow) => repeated(random, tick, flow)),
    ],
    deletes: scene.ended.slice(corrections).map((flow) => flow.flowId),
  };
}

function happenings(tick: Tick): { started: number; late: number; corrections: number; deletions: number } {
  const random = randomFor(`${labelOf(tick)}/happenings`);
  const { rates, everySeconds } = tick;
  return {
    started: countOf(random, (rates.flowsPerMinute * everySeconds) / 60),
    late: countOf(random, (rates.latePerHour * everySeconds) / 3_600),
    corrections: countOf(random, (rates.correctionsPerHour * everySeconds) / 3_600),
    deletions: countOf(random, (rates.deletionsPerHour * everySeconds) / 3_600),
  };
}

function labelOf(tick: Tick): string {
  return `${tick.seed}/${tick.now}`;
}

function lateFlow(random: Random, tick: Tick, scene: Scene, index: number): Flow[] {
  const bounds = scene.earlierDays[Math.floor(random() * scene.earlierDays.length)];
  if (bounds === undefined) return [];
  const startedAt = Math.floor(between(random, bounds.startsAt, bounds.endsAt));
  const flow = startFlow(random, uuidFor(`${labelOf(tick)}/late/${index}`), startedAt);
  return [endFlow(random, flow, startedAt + Math.floor(between(random, 1_000, 60_000)))];
}

/** Ends, grows, or is left alone. */
function progressOf(random: Random, tick: Tick, flow: Flow): Flow[] {
  const ageSeconds = (tick.now - Date.parse(flow.startedAt)) / 1_000;
  const ends = random() < 1 - 0.5 ** (tick.everySeconds / halfLifeSeconds) || ageSeconds > longestSeconds;
  if (ends) {
    const ended = endFlow(random, flow, Math.max(tick.now, Date.parse(flow.startedAt)));
    return [ended.bytes < flow.bytes ? { ...ended, bytes: flow.bytes } : ended];
  }
  return random() < 0.3
    ? [{ ...flow, bytes: flow.bytes + BigInt(Math.floor(between(random, 1_000, 400_000))) }]
    : [];
}

/** An operator sent the file again: one attempt more, ended now, another size. */
function repeated(random: Random, tick: Tick, flow: Flow): Flow {
  const bytes = flow.bytes + BigInt(Math.floor(between(random, 1, 100_000)));
  const attempts = flow.attempts + 1;
  return { ...flow, status: 'COMPLETED', bytes, attempts, endedAt: instantOf(tick.now), failure: null };
}
