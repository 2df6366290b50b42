import { Bell } from '../bell';
import type { EncodedEvent } from '../encoded-events';
import { anyRevision } from '../expected-revision';
import { positionOf } from '../numbered-position';
import type { Appended, JsonObject, RecordedEvent, StreamId } from '../port';

interface StoredEvent {
  readonly encoded: EncodedEvent;
  readonly stream: StreamId;
  readonly revision: bigint;
  readonly place: number;
  readonly recordedAt: string;
}

/** What several handles share: the events themselves. Lives as long as somebody refers to it. */
export class MemoryLogStore {
  readonly bell = new Bell();
  private readonly events: StoredEvent[] = [];
  private readonly streams = new Map<StreamId, StoredEvent[]>();

  get length(): number {
    return this.events.length;
  }

  stream(stream: StreamId): readonly RecordedEvent[] {
    return (this.streams.get(stream) ?? []).map(decoded);
  }

  /** The events after a place (the first event stands at 1), oldest first, at most `limit` that `wanted` takes. */
  after(place: number, limit: number, wanted: (stream: StreamId) => boolean): readonly RecordedEvent[] {
    const found: RecordedEvent[] = [];
    for (let index = place; index < this.events.length && found.length < limit; index += 1) {
      const event = this.events[index];
      if (event !== undefined && wanted(event.stream)) {
        found.push(decoded(event));
      }
    }
    return found;
  }

  /** `expected` as `expectedRevision` gives it. Never yields in the middle: all or nothing. */
  append(stream: StreamId, events: readonly EncodedEvent[], expected: bigint, recordedAt: string): Appended {
    const stored = this.streams.get(stream) ?? [];
    const current = BigInt(stored.length) - 1n;
    if (expected !== anyRevision && expected !== current) {
      return (
        repeated(stored, events, expected) ?? { kind: 'conflict', revision: current < 0n ? null : current }
      );
    }
    for (const encoded of events) {
      const place = this.events.length + 1;
      const event = { encoded, stream, revision: BigInt(stored.length), place, recordedAt };
      stored.push(event);
      this.events.push(event);
    }
    this.streams.set(stream, stored);
    this.bell.ring();
    return answer(stored[stored.length - 1]);
  }
}

/** An empty log for specs; open any number of handles on it with `openMemoryEventLog`. */
export function createMemoryLogStore(): MemoryLogStore {
  return new MemoryLogStore();
}

/** The first answer again, when exactly these events already stand at the expected place. */
function repeated(
  stored: readonly StoredEvent[],
  events: readonly EncodedEvent[],
  expected: bigint,
): Appended | undefined {
  const first = Number(expected) + 1;
  const same = events.every((event, index) => stored[first + index]?.encoded.id === event.id);
  return same ? answer(stored[first + events.length - 1]) : undefined;
}

function answer(last: StoredEvent | undefined): Appended {
  if (last === undefined) {
    throw new RangeError('an append left no event behind');
  }
  return { kind: 'appended', revision: last.revision, position: positionOf(BigInt(last.place)) };
}

function decoded(event: StoredEvent): RecordedEvent {
  return {
    id: event.encoded.id,
    type: event.encoded.type,
    data: JSON.parse(event.encoded.data) as JsonObject,
    metadata: JSON.parse(event.encoded.metadata) as JsonObject,
    stream: event.stream,
    revision: event.revision,
    position: positionOf(BigInt(event.place)),
    recordedAt: event.recordedAt,
  };
}
