import { pause, untilAborted, type Bell } from '../bell';
import { EventLogFault, type Batch, type CategoryFilter, type Position, type RecordedEvent } from '../port';
import { backoffMilliseconds } from './backoff';

export interface SubscriptionSource {
  readonly page: (
    from: Position | 'start',
    filter: CategoryFilter,
    limit: number,
  ) => Promise<readonly RecordedEvent[]>;
  readonly bell: Bell;
  readonly jitter: () => number;
  readonly report: (cause: unknown) => void;
}

export interface SubscriptionRequest {
  readonly from: Position | 'start';
  readonly filter: CategoryFilter;
  readonly signal: AbortSignal;
}

const eventsPerBatch = 500;
const shortestIdle = 25;
const longestIdle = 1_000;

/**
 * Polls by position; the bell shortens the wait. After a batch it looks again at once, then after 25 ms, doubling to a
 * second while nothing comes.
 */
export async function* follow(
  source: SubscriptionSource,
  request: SubscriptionRequest,
): AsyncGenerator<Batch, void, undefined> {
  const { filter, signal } = request;
  let from = request.from;
  let idle = shortestIdle;
  while (!signal.aborted) {
    const rung = source.bell.count;
    const events = await nextPage(source, { from, filter, signal });
    const last = events.at(-1);
    if (last === undefined) {
      await source.bell.pause(rung, idle, signal);
      idle = Math.min(longestIdle, idle * 2);
    } else {
      from = last.position;
      idle = shortestIdle;
      yield { events, position: last.position };
    }
  }
}

/** Waits out every failure of the database: the position makes that free of gaps and repeats. Empty after an abort. */
async function nextPage(
  source: SubscriptionSource,
  request: SubscriptionRequest,
): Promise<readonly RecordedEvent[]> {
  const { from, filter, signal } = request;
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      return (await untilAborted(source.page(from, filter, eventsPerBatch), signal)) ?? [];
    } catch (cause) {
      if (!(cause instanceof EventLogFault && cause.code === 'LOG_UNAVAILABLE')) {
        throw cause;
      }
      source.report(cause);
      await pause(backoffMilliseconds(failures, source.jitter), signal);
    }
  }
  return [];
}
