/**
 * The append-only log: what every service decides on and what every view is folded from.
 *
 * One stream per append; three expectations; revisions start at 0n; a position is an opaque string that sorts as the
 * log is ordered. Nothing can be changed or removed. An adapter that cannot pass the one contract suite
 * (`@daymark/event-log/testing`) is not an adapter.
 */

/** `<category>-<rest>`: the category is what stands before the first hyphen and is what subscribers filter by. */
export type StreamId = string & { readonly __brand: 'StreamId' };

/** Revision of an event inside its stream. The first event has 0n. */
export type Revision = bigint;

/**
 * Place of an event in the whole log. Minted only by adapters, compared as a string (`<`, `===`), otherwise opaque.
 * Positions grow strictly along the log; they are not contiguous.
 */
export type Position = string & { readonly __brand: 'Position' };

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface NewEvent {
  /** UUID, deterministic for a command: a retry appends the same ids. Unique inside one append. */
  readonly id: string;
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export interface RecordedEvent extends NewEvent {
  readonly stream: StreamId;
  readonly revision: Revision;
  readonly position: Position;
  /** RFC 3339 in UTC, the log's clock. Never decide by it: order is by position. */
  readonly recordedAt: string;
}

/** What the writer believes of the stream. Nothing else is offered, nothing is widened silently. */
export type Expectation =
  | { readonly kind: 'noStream' }
  | { readonly kind: 'exactly'; readonly revision: Revision }
  | { readonly kind: 'any' };

export interface StreamSlice {
  readonly events: readonly RecordedEvent[];
  /** Revision of the last event of the stream, null when the stream does not exist. */
  readonly revision: Revision | null;
}

export type Appended =
  /** `position` is that of the last event. True also for a repeated append: `success` does not prove this call wrote it. */
  | { readonly kind: 'appended'; readonly revision: Revision; readonly position: Position }
  /** Nothing was written. `revision` is the stream's true current revision (null: no stream). */
  | { readonly kind: 'conflict'; readonly revision: Revision | null };

/** Categories whose events are wanted, or every event of the log. */
export type CategoryFilter = 'all' | readonly string[];

export interface Batch {
  readonly events: readonly RecordedEvent[];
  /** Where to resume once every event of the batch is finished. Never checkpoint by anything received later. */
  readonly position: Position;
}

export interface EventLog {
  /**
   * Reads a stream from a revision (inclusive, default 0n) to its end. An unknown stream is empty with revision null.
   */
  read(stream: StreamId, from?: Revision): Promise<StreamSlice>;

  /**
   * Appends all of the events, or none. With `noStream` and `exactly`, an append whose event ids already stand at the
   * expected place is answered with the first result and stores nothing, at any age; a partial match is a conflict.
   * With `any` a repeat may be stored twice: use it only where that does no harm.
   *
   * The outcome of a rejected promise is unknown: retry with the same ids and the same expectation.
   *
   * @throws EventLogFault EVENT_TOO_LARGE above 900 KiB of encoded events per append, EVENT_INVALID (empty append,
   *   same id twice, not a UUID, data that JSON cannot carry), STREAM_NAME_INVALID, LOG_CLOSED, LOG_UNAVAILABLE.
   */
  append(stream: StreamId, events: readonly NewEvent[], expect: Expectation): Promise<Appended>;

  /**
   * Every event after `from` (exclusive), in order, each once per iteration, across the seam between catching up and
   * live; survives a lost connection without gap or repeat. Ends only when the signal aborts or the log is closed
   * (then it ends, or throws LOG_CLOSED). A batch is never empty of progress: its position is after the last one.
   */
  subscribe(from: Position | 'start', filter: CategoryFilter, signal: AbortSignal): AsyncIterable<Batch>;

  /**
   * Up to `limit` events after `from` (exclusive), oldest first: for pages, not for following. A page of large events is
   * shorter: only an empty one means that there is none.
   */
  page(from: Position | 'start', filter: CategoryFilter, limit: number): Promise<readonly RecordedEvent[]>;

  /** Position of the last event of the log; null while it is empty. */
  head(): Promise<Position | null>;

  /** Ends subscriptions and appends in hand, frees every handle. Idempotent. Later calls fail with LOG_CLOSED. */
  close(): Promise<void>;
}

export type EventLogFaultCode =
  | 'EVENT_TOO_LARGE'
  | 'EVENT_INVALID'
  | 'STREAM_NAME_INVALID'
  | 'POSITION_INVALID'
  | 'LOG_CLOSED'
  | 'LOG_UNAVAILABLE';

export class EventLogFault extends Error {
  override readonly name = 'EventLogFault';
  readonly code: EventLogFaultCode;
  /** True when the same call may succeed later. */
  readonly retryable: boolean;

  constructor(
    code: EventLogFaultCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** The largest append, in bytes of UTF-8 of the encoded events: EventStoreDB's own limit is 1 MiB. */
export const MAX_APPEND_BYTES = 900 * 1024;
