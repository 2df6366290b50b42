import type { Pool } from 'pg';
import { Bell } from '../bell';
import { encodeEvents } from '../encoded-events';
import { expectedRevision } from '../expected-revision';
import { placeOf } from '../numbered-position';
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
import { checkedStreamId } from '../stream-id';
import { Appender } from './appender';
import { createPool, type PostgresConnection } from './connection';
import { unavailable } from './faults';
import { Listener } from './listener';
import { Reader } from './reader';
import { logNames } from './schema-name';
import { follow } from './subscription';

export interface PostgresEventLogOptions {
  /** A direct connection: a pooler in transaction mode loses the LISTEN (and with it only speed). */
  readonly connection: PostgresConnection;
  /** The schema that `migratePostgresEventLog` prepared. */
  readonly schema: string;
  /** How the sessions call themselves; default `daymark-event-log`. */
  readonly applicationName?: string;
  /** Sessions at most, default 4; one more LISTENs once there is a subscription. */
  readonly connections?: number;
  /** After this the server gives up a statement, also one that waits for its turn to append; default 15 000. */
  readonly timeoutMilliseconds?: number;
  /** 0 … 1, asked at each wait before a reconnect so that many processes do not return at once; default always 0. */
  readonly jitter?: () => number;
  /** Told of connections lost outside a call, and of what a subscription is waiting out. Must not throw. */
  readonly onFault?: (fault: EventLogFault) => void;
}

type Settled = Required<PostgresEventLogOptions>;

class PostgresEventLog implements EventLog {
  private readonly bell = new Bell();
  private readonly appender: Appender;
  private readonly reader: Reader;
  private readonly listener: Listener;
  private readonly closing = new AbortController();
  private closed: Promise<void> | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly options: Settled,
  ) {
    const names = logNames(options.schema);
    this.appender = new Appender(pool, names.quoted);
    this.reader = new Reader(pool, names.quoted);
    const { connection, applicationName, jitter } = options;
    this.listener = new Listener(
      { connection, applicationName, channel: names.channel, jitter, report: this.report },
      this.bell,
    );
  }

  async read(stream: StreamId, from: Revision = 0n): Promise<StreamSlice> {
    this.requireOpen();
    return await this.reader.read(checkedStreamId(stream), from);
  }

  async append(stream: StreamId, events: readonly NewEvent[], expect: Expectation): Promise<Appended> {
    this.requireOpen();
    const expected = expectedRevision(expect);
    return await this.appender.append({
      stream: checkedStreamId(stream),
      events: encodeEvents(events),
      expected,
    });
  }

  async *subscribe(
    from: Position | 'start',
    filter: CategoryFilter,
    signal: AbortSignal,
  ): AsyncGenerator<Batch, void, undefined> {
    this.requireOpen();
    placeOf(from);
    this.listener.start();
    const page = this.reader.page.bind(this.reader);
    const source = { page, bell: this.bell, jitter: this.options.jitter, report: this.report };
    yield* follow(source, { from, filter, signal: AbortSignal.any([signal, this.closing.signal]) });
  }

  async page(
    from: Position | 'start',
    filter: CategoryFilter,
    limit: number,
  ): Promise<readonly RecordedEvent[]> {
    this.requireOpen();
    const events: RecordedEvent[] = [];
    let more = limit > 0;
    while (more) {
      const next = await this.reader.page(events.at(-1)?.position ?? from, filter, limit - events.length);
      events.push(...next);
      more = next.length > 0 && events.length < limit;
    }
    return events;
  }

  async head(): Promise<Position | null> {
    this.requireOpen();
    return await this.reader.head();
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.closed ??= this.free();
    await this.closed;
  }

  private async free(): Promise<void> {
    await this.appender.drain();
    await this.listener.stop();
    await this.pool.end();
  }

  private readonly report = (cause: unknown): void => {
    if (!this.closing.signal.aborted) {
      this.options.onFault(unavailable(cause));
    }
  };

  private requireOpen(): void {
    if (this.closing.signal.aborted) {
      throw new EventLogFault('LOG_CLOSED', 'the event log is closed');
    }
  }
}

/**
 * Opens a handle on the log of a schema. Reads and appends that the database fails reject with LOG_UNAVAILABLE; for an
 * append the outcome is then unknown. Subscriptions wait failures out. `close` waits for the appends in hand, at most
 * for the time-out.
 *
 * @throws EventLogFault LOG_UNAVAILABLE when the server cannot be reached (retryable) or the schema was never migrated
 *   (not retryable).
 * @throws RangeError for an impossible schema name.
 */
export async function openPostgresEventLog(options: PostgresEventLogOptions): Promise<EventLog> {
  const settled = withDefaults(options);
  const names = logNames(settled.schema);
  const pool = createPool(settled.connection, settled, (cause) => settled.onFault(unavailable(cause)));
  try {
    await pool.query(`select 1 from ${names.quoted}.events limit 0`);
  } catch (cause) {
    await pool.end();
    throw unavailable(cause);
  }
  return new PostgresEventLog(pool, settled);
}

function withDefaults(options: PostgresEventLogOptions): Settled {
  return {
    applicationName: 'daymark-event-log',
    connections: 4,
    timeoutMilliseconds: 15_000,
    jitter: () => 0,
    onFault: () => undefined,
    ...options,
  };
}
