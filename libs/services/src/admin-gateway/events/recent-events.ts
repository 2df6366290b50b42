import type { Position } from '@daymark/event-log';
import type { EventDocument } from './event-pages';

/** One event of the log as readers are sent it; `document` is null for what nobody outside is shown. */
export interface LiveEvent {
  readonly position: Position;
  readonly document: EventDocument | null;
  /** The frame that carries it. */
  readonly frame: string;
}

const mostEvents = 2_000;
const mostCharacters = 8 * 1024 * 1024;

/** The end of the log, in memory: what readers who keep up are sent without asking the log each. */
export class RecentEvents {
  private events: LiveEvent[] = [];
  private characters = 0;

  /** @param from Everything after it is kept here; null: everything that there is. */
  constructor(private begin: Position | null) {}

  /** What comes after this is here; what comes before has to be read from the log. */
  get from(): Position | null {
    return this.begin;
  }

  get last(): Position | null {
    return this.events.at(-1)?.position ?? this.begin;
  }

  add(events: readonly LiveEvent[]): void {
    for (const event of events) {
      this.events.push(event);
      this.characters += event.frame.length;
    }
    let dropped = 0;
    while (this.events.length - dropped > mostEvents || this.characters > mostCharacters) {
      const oldest = this.events[dropped];
      if (oldest === undefined) break;
      this.characters -= oldest.frame.length;
      this.begin = oldest.position;
      dropped += 1;
    }
    if (dropped > 0) this.events = this.events.slice(dropped);
  }

  /** Up to `limit` events after the position; null where that begins before what is kept. */
  after(position: Position | null, limit: number): readonly LiveEvent[] | null {
    if (this.begin !== null && (position === null || position < this.begin)) return null;
    const first = position === null ? 0 : this.indexAfter(position);
    return this.events.slice(first, first + limit);
  }

  private indexAfter(position: Position): number {
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const here = this.events[middle];
      if (here !== undefined && here.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
