import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { EventLogFault, type EventLog, type Position, type RecordedEvent } from '@daymark/event-log';
import { EVENT_LOG, LOGGER, type GatewayLogger } from '../parts';
import { eventDocument, SHOWN_CATEGORIES } from './event-pages';
import { RecentEvents, type LiveEvent } from './recent-events';

const againMs = 1_000;

/**
 * Follows the log once for all readers of a process. The first reader begins it. Readers that are further behind than
 * what is kept here read pages of the log until they are near enough.
 */
@Injectable()
export class LiveEvents implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private recent: Promise<RecentEvents> | undefined;
  private following: Promise<void> | undefined;
  private readonly waiting = new Set<() => void>();

  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'page' | 'head' | 'subscribe'>,
    @Inject(LOGGER) private readonly logger: GatewayLogger,
  ) {}

  /** Aborts when the process stops: streams end then. */
  get stopped(): AbortSignal {
    return this.stopping.signal;
  }

  /** Where the log ends now; null while it is empty. */
  async head(): Promise<Position | null> {
    return (await this.kept()).last;
  }

  /**
   * The next events after the position, as many as one read gives. Answers empty when there are none: with where the
   * reader may go on from.
   */
  async after(
    position: Position | null,
    limit: number,
  ): Promise<{ events: readonly LiveEvent[]; through: Position | null }> {
    const recent = await this.kept();
    const here = recent.after(position, limit);
    if (here !== null) return { events: here, through: here.at(-1)?.position ?? position };
    const edge = recent.from;
    const read = await this.log.page(position ?? 'start', SHOWN_CATEGORIES, limit);
    // An empty page: nothing that is shown stands between the position and what was kept when the page was read.
    return { events: read.map(liveEvent), through: read.at(-1)?.position ?? edge };
  }

  /** Resolves when something came after the position, after the time, or when the signal aborts. */
  async changed(position: Position | null, ms: number, signal: AbortSignal): Promise<void> {
    const { last } = await this.kept();
    if (signal.aborted || (last !== null && (position === null || last > position))) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.following;
  }

  private kept(): Promise<RecentEvents> {
    this.recent ??= this.begin().catch((error: unknown) => {
      this.recent = undefined;
      throw error;
    });
    return this.recent;
  }

  private async begin(): Promise<RecentEvents> {
    const recent = new RecentEvents(await this.log.head());
    this.following ??= this.follow(recent);
    return recent;
  }

  private async follow(recent: RecentEvents): Promise<void> {
    const { signal } = this.stopping;
    let open = true;
    while (open && !signal.aborted) {
      try {
        await this.take(recent, signal);
        // Only a log that was closed ends a subscription that nobody aborted.
        open = false;
      } catch (err) {
        open = !(err instanceof EventLogFault && err.code === 'LOG_CLOSED');
        this.logger.warn({ err }, 'The event log cannot be followed for now.');
        await delay(open ? againMs : 0, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private async take(recent: RecentEvents, signal: AbortSignal): Promise<void> {
    for await (const batch of this.log.subscribe(recent.last ?? 'start', SHOWN_CATEGORIES, signal)) {
      recent.add(batch.events.map(liveEvent));
      for (const wake of [...this.waiting]) wake();
    }
  }
}

function liveEvent(recorded: RecordedEvent): LiveEvent {
  const document = eventDocument(recorded);
  const { position } = recorded;
  if (document === null) return { position, document, frame: '' };
  const frame = `id: ${position}\nevent: ${document.type}\ndata: ${JSON.stringify(document)}\n\n`;
  return { position, document, frame };
}
