import { EventLogFault, type Batch, type EventLog } from './port';

/** Is told of what a log is used for. None of these may throw. */
export interface EventLogMeter {
  appended(types: readonly string[], seconds: number): void;
  /** Somebody else wrote first; nothing was written. */
  conflicted(seconds: number): void;
  /** `code` is that of the fault, or `UNKNOWN`. */
  failed(code: string, seconds: number): void;
  /** Somebody begins to follow at the first event. */
  followsFromStart(): void;
  /** Somebody asks for more after so many events. */
  followed(events: number): void;
}

/**
 * The same log, measured: it keeps the whole contract of the one it is given, which it closes with itself.
 * `clock` counts milliseconds from anywhere, and never goes back.
 */
export function measuredEventLog(log: EventLog, meter: EventLogMeter, clock: () => number): EventLog {
  return {
    read: (stream, from) => log.read(stream, from),
    page: (from, filter, limit) => log.page(from, filter, limit),
    head: () => log.head(),
    close: () => log.close(),
    append: async (stream, events, expect) => {
      const begun = clock();
      const seconds = (): number => (clock() - begun) / 1_000;
      try {
        const answer = await log.append(stream, events, expect);
        if (answer.kind === 'conflict') meter.conflicted(seconds());
        else meter.appended(typesOf(events), seconds());
        return answer;
      } catch (fault) {
        meter.failed(fault instanceof EventLogFault ? fault.code : 'UNKNOWN', seconds());
        throw fault;
      }
    },
    subscribe: (from, filter, signal) => {
      if (from === 'start') meter.followsFromStart();
      return followed(log.subscribe(from, filter, signal), meter);
    },
  };
}

const typesOf = (events: readonly { readonly type: string }[]): string[] => events.map(({ type }) => type);

async function* followed(batches: AsyncIterable<Batch>, meter: EventLogMeter): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    yield batch;
    meter.followed(batch.events.length);
  }
}
