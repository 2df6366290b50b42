import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Metrics } from '@daymark/platform/metrics';
import { HttpProblem } from '../http/http-problem';
import { countStreamClient } from '../metrics/stream-clients';
import { AUTHENTICATION, LOGGER, METRICS, type GatewayLogger } from '../parts';
import type { Authentication } from '../sessions/authentication';
import type { Session } from '../sessions/port';

/** How often sessions of open streams are looked at, in milliseconds: one question for all of them. */
const lookMs = 2_000;
/** Streams of one process at once. */
const mostStreams = 5_000;

/** Streams outlast the check at their start: one whose session ended, or lost its role, is ended. */
@Injectable()
export class StreamSessions implements OnModuleDestroy {
  private readonly open = new Map<object, { readonly session: Session; readonly end: () => void }>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(AUTHENTICATION) private readonly authentication: Authentication,
    @Inject(LOGGER) private readonly logger: GatewayLogger,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  /** Streams that are open now. */
  get count(): number {
    return this.open.size;
  }

  /** Calls `end` once the session is over. The answer forgets the stream. @throws HttpProblem STREAMS_EXHAUSTED. */
  watch(session: Session, end: () => void): () => void {
    if (this.open.size >= mostStreams) {
      throw new HttpProblem('STREAMS_EXHAUSTED', `There are ${mostStreams} streams here already: try later.`);
    }
    const stream = {};
    this.open.set(stream, { session, end });
    const leave = countStreamClient(this.metrics);
    this.timer ??= setTimeout(() => void this.look(), lookMs);
    return () => {
      this.open.delete(stream);
      leave();
    };
  }

  onModuleDestroy(): void {
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const streams = [...this.open.values()];
    try {
      const living = await this.authentication.living(streams.map(({ session }) => session));
      const administrators = living.filter(({ user }) => user.roles.includes('administrator'));
      const ids = new Set(administrators.map(({ id }) => id ?? ''));
      const whole = new Set(administrators);
      for (const { session, end } of streams) {
        const lives = session.id === null ? whole.has(session) : ids.has(session.id);
        if (!lives) end();
      }
    } catch (err) {
      this.logger.warn({ err }, 'The sessions of open streams cannot be looked at for now.');
    }
    this.timer = this.open.size === 0 ? undefined : setTimeout(() => void this.look(), lookMs);
  }
}
