/** What this process measures, and the wrappers that measure it. */
import { measuredEventLog, type EventLog, type Position } from '@daymark/event-log';
import { measuredMessenger, type Messenger } from '@daymark/messaging';
import {
  createMetrics,
  eventLogMeter,
  measureProjection,
  messagingMeter,
  type Metrics,
} from '@daymark/platform/metrics';
import type { Projection } from '@daymark/views';

const clock = (): number => performance.now();

export function openMetrics(): Metrics {
  return createMetrics({ ofProcess: true });
}

/** The log as one of its users has it, by whose name what it follows is counted. */
export function measuredLog(log: EventLog, metrics: Metrics, user: string): EventLog {
  return measuredEventLog(log, eventLogMeter(metrics, user), clock);
}

export function measured(messenger: Messenger, metrics: Metrics): Messenger {
  return measuredMessenger(messenger, messagingMeter(metrics), clock);
}

/** How far the views are behind the log. */
export function measureViews(metrics: Metrics, log: EventLog, projection: Projection): void {
  measureProjection(metrics, {
    name: 'views',
    nowMs: () => Date.now(),
    log: {
      position: () => projection.position,
      recordedNext: async (position) => {
        const [next] = await log.page((position ?? 'start') as Position | 'start', 'all', 1);
        return next?.recordedAt ?? null;
      },
    },
  });
}
