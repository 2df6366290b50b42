/** What turns the words of a port's wrapper into metrics. The ports know nothing of this: the shapes fit. */
import type { Metrics } from './metrics';

/** For the wrapper of the event log. */
export function eventLogMeter(metrics: Metrics, follower: string) {
  return {
    appended: (types: readonly string[], seconds: number): void => {
      metrics.appendDuration.observe({ outcome: 'appended' }, seconds);
      for (const type of types) metrics.appendedEvents.add({ type });
    },
    conflicted: (seconds: number): void => metrics.appendDuration.observe({ outcome: 'conflict' }, seconds),
    failed: (code: string, seconds: number): void => {
      metrics.appendDuration.observe({ outcome: 'failed' }, seconds);
      metrics.appendFaults.add({ code });
    },
    followsFromStart: (): void => metrics.followsFromStart.add({ follower }),
    followed: (events: number): void => metrics.followedEvents.add({ follower }, events),
  };
}

/** For the wrapper of the messenger. */
export function messagingMeter(metrics: Metrics) {
  return {
    asked: (subject: string, outcome: string, seconds: number): void =>
      metrics.questionDuration.observe({ subject, outcome }, seconds),
    nudged: (subject: string, outcome: string): void => metrics.nudges.add({ subject, outcome }),
  };
}

/** What a pool of connections says of itself, as `pg` does. */
export interface PoolFigures {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

/** Looks at a pool with every answer. */
export function measurePool(metrics: Metrics, name: string, pool: PoolFigures): void {
  metrics.collect({
    name: `pool_${name}`,
    gauges: [],
    read: () =>
      Promise.resolve(({ databaseConnections, databaseWaiting }) => {
        databaseConnections.set({ pool: name, state: 'idle' }, pool.idleCount);
        databaseConnections.set({ pool: name, state: 'in_use' }, pool.totalCount - pool.idleCount);
        databaseWaiting.set({ pool: name }, pool.waitingCount);
      }),
  });
}

/** What has to be known of a projection and of the log that it folds. */
export interface FoldedLog {
  /** How far it is folded; null before the first event. */
  readonly position: () => string | null;
  /** When the first event after that position was recorded (RFC 3339); null when there is none. */
  readonly recordedNext: (position: string | null) => Promise<string | null>;
}

/** Asks the log with every answer for the oldest event that is not folded yet. */
export function measureProjection(
  metrics: Metrics,
  { name, log, nowMs }: { name: string; log: FoldedLog; nowMs: () => number },
): void {
  metrics.collect({
    name: `projection_${name}`,
    gauges: ['projectionLag'],
    read: async () => {
      const next = await log.recordedNext(log.position());
      const lag = next === null ? 0 : Math.max(0, (nowMs() - Date.parse(next)) / 1_000);
      return ({ projectionLag }) => projectionLag.set({ projection: name }, lag);
    },
  });
}
