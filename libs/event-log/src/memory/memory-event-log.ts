import { encodeEvents } from '../encoded-events';
import { expectedRevision } from '../expected-revision';
import { placeOf, positionOf } from '../numbered-position';
import {
  EventLogFault,
  type Appended,
  type Batch,
  type CategoryFilter,
  type EventLog,
  type Expectation,
  type NewEvent,
  type Position,
  type RecordedEvent,
  type Revision,
  type StreamId,
  type StreamSlice,
} from '../port';
import { categoryOf, checkedStreamId } from '../stream-id';
import { createMemoryLogStore, type MemoryLogStore } from './memory-log-store';

export interface MemoryEventLogOptions {
  /** The log's clock, RFC 3339 in UTC. Without it time stands still. */
  readonly clock?: () => string;
}

const stoppedClock = (): string => '2026-01-01T00:00:00.000Z';
const eventsPerBatch = 100;

/** One handle on a shared store: as independent of the others as two processes on one database are. */
class MemoryEventLog implements EventLog {
  private readonly closing = new AbortController();

  constructor(
    private readonly store: MemoryLogStore,
    private readonly clock: () => string,
  ) {}

  async read(stream: StreamId, from: Revision = 0n): Promise<StreamSlice> {
    const store = await this.opened();
    const events = store.stream(checkedStreamId(stream));
    const revision = events.at(-1)?.revision ?? null;
    return { events: events.filter((event) => event.revision >= from), revision };
  }

  async append(stream: StreamId, events: readonly NewEvent[], expect: Expectation): Promise<Appended> {
    const store = await this.opened();
    const encoded = encodeEvents(events);
    return store.append(checkedStreamId(stream), encoded, expectedRevision(expect), this.clock());
  }

  async *subscribe(
    from: Position | 'start',
    filter: CategoryFilter,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void, undefined> {
    const store = await this.opened();
    const ending = AbortSignal.any([signal, this.closing.signal]);
    let place = Number(placeOf(from));
    while (!ending.aborted) {
      const rung = store.bell.count;
      const events = store.after(place, eventsPerBatch, taking(filter));
      const last = events.at(-1);
      if (last === undefined) {
        await store.bell.pause(rung, null, ending);
      } else {
        place = Number(placeOf(last.position));
        yield { events, position: last.position };
      }
    }
  }

  async page(
    from: Position | 'start',
    filter: CategoryFilter,
    limit: number,
  ): Promise<readonly RecordedEvent[]> {
    const store = await this.opened();
    return store.after(Number(placeOf(from)), limit, taking(filter));
  }

  async head(): Promise<Position | null> {
    const store = await this.opened();
    return store.length === 0 ? null : positionOf(BigInt(store.length));
  }

  close(): Promise<void> {
    this.closing.abort();
    return Promise.resolve();
  }

  private opened(): Promise<MemoryLogStore> {
    return this.closing.signal.aborted
      ? Promise.reject(new EventLogFault('LOG_CLOSED', 'the event log is closed'))
      : Promise.resolve(this.store);
  }
}

/** A handle on a log in memory. Closing it leaves the store and the other handles as they are. */
export function openMemoryEventLog(store: MemoryLogStore, options: MemoryEventLogOptions = {}): EventLog {
  return new MemoryEventLog(store, options.clock ?? stoppedClock);
}

/** A log in memory of its own, for specs: passes the same contract suite as the real ones, and forgets everything. */
export function createMemoryEventLog(options: MemoryEventLogOptions = {}): EventLog {
  return openMemoryEventLog(createMemoryLogStore(), options);
}

function taking(filter: CategoryFilter): (stream: StreamId) => boolean {
  return filter === 'all' ? () => true : (stream) => filter.includes(categoryOf(stream));
}
