import { decodeEvent, type DaymarkEvent, type EventMetadata } from '@daymark/contracts';
import type { EventLog, Position } from '@daymark/event-log';

/** Follows the whole log from its first event, in memory, one event after the other. */
export interface FollowedLog {
  /** Resolves when everything that the log held at the time of the call has been seen. */
  caughtUp(): Promise<void>;
  stop(): Promise<void>;
}

export function followLog(
  log: EventLog,
  options: {
    onEvent: (event: DaymarkEvent, metadata: EventMetadata) => void;
    /** Called when following ended by a fault; it is not resumed: the caller ends the service. */
    onFault: (fault: unknown) => void;
  },
): FollowedLog {
  const abort = new AbortController();
  let reached: Position | null = null;
  let ended = false;
  const waiting = new Set<{ position: Position; resolve: () => void; reject: (fault: unknown) => void }>();

  function wake(): void {
    for (const waiter of waiting) {
      if (reached === null || reached < waiter.position) continue;
      waiting.delete(waiter);
      waiter.resolve();
    }
  }

  async function follow(): Promise<void> {
    for await (const batch of log.subscribe('start', 'all', abort.signal)) {
      for (const recorded of batch.events) {
        const decoded = decodeEvent(recorded);
        if (decoded.known) options.onEvent(decoded.event, decoded.metadata);
      }
      reached = batch.position;
      wake();
    }
  }

  function end(fault: unknown): void {
    ended = true;
    for (const waiter of waiting) waiter.reject(fault);
    waiting.clear();
  }

  const following = follow().then(
    () => end(new Error('The log is not followed any more.')),
    (fault: unknown) => {
      end(fault);
      if (!abort.signal.aborted) options.onFault(fault);
    },
  );

  return {
    caughtUp: async () => {
      const head = await log.head();
      if (head === null || (reached !== null && reached >= head)) return;
      if (ended) throw new Error('The log is not followed any more.');
      await new Promise<void>((resolve, reject) => waiting.add({ position: head, resolve, reject }));
    },
    stop: async () => {
      abort.abort();
      await following;
    },
  };
}
