import { decodeEvent, isInternal, sourceIdOf, CATEGORIES, type DaymarkEvent } from '@daymark/contracts';
import type { EventLog, Position, RecordedEvent } from '@daymark/event-log';

export interface EventDocument {
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly sourceId: string | null;
  readonly occurredAt: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly data: DaymarkEvent['data'];
}

export interface EventPage {
  readonly items: readonly EventDocument[];
  /** Where the next page begins; null once the end of the log was seen. */
  readonly nextCursor: string | null;
}

export interface EventsWanted {
  readonly after: Position | 'start';
  readonly sourceId: string | undefined;
  readonly limit: number;
}

/** What is written of the rest is bookkeeping. */
export const SHOWN_CATEGORIES = [CATEGORIES.source, CATEGORIES.run];
const eventsPerRead = 500;
/** One answer looks no further than this many reads; the cursor then says where to go on. */
const mostReads = 20;

/** One page of the log as others may see it. */
export async function eventPage(log: Pick<EventLog, 'page'>, wanted: EventsWanted): Promise<EventPage> {
  const items: EventDocument[] = [];
  let from = wanted.after;
  for (let reads = 0; reads < mostReads; reads += 1) {
    const events = await log.page(from, SHOWN_CATEGORIES, eventsPerRead);
    for (const event of events) {
      if (items.length === wanted.limit) return { items, nextCursor: from };
      from = event.position;
      const document = eventDocument(event);
      if (document !== null && isOf(document, wanted.sourceId)) items.push(document);
    }
    // Fewer than asked for may only mean that they are large.
    if (events.length === 0) return { items, nextCursor: null };
  }
  return { items, nextCursor: from };
}

function isOf(document: EventDocument, sourceId: string | undefined): boolean {
  return sourceId === undefined || document.sourceId === sourceId;
}

/** An event as others may see it; null for what is internal, or newer than this code. */
export function eventDocument(recorded: RecordedEvent): EventDocument | null {
  const decoded = decodeEvent(recorded);
  if (!decoded.known || isInternal(recorded.type)) return null;
  const { event, metadata } = decoded;
  return {
    position: recorded.position,
    id: recorded.id,
    type: event.type,
    sourceId: sourceIdOf(event),
    occurredAt: metadata.occurredAt,
    actor: metadata.actor,
    correlationId: metadata.correlationId,
    data: event.data,
  };
}
