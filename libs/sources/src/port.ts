import type { Readable } from 'node:stream';

/**
 * How a source is read. A connector opens a *snapshot session*: one consistent, read-only state of the source, from
 * which the census, the fingerprints and the elements are all taken. What the session yields never changes while it
 * lives; what happens at the source meanwhile is seen by the next session.
 *
 * Data moves as bytes in PostgreSQL's COPY text format (UTF-8, tab-separated, `\N` for NULL, backslash escapes, one
 * `\n` per row, no end marker): nobody parses a row who does not have to. A connector to something that is not a
 * PostgreSQL writes the same format.
 */
export interface SourceConnector {
  /**
   * Opens a snapshot session. Retention, columns and every count come from the same state.
   *
   * @throws SourceFault
   */
  open(options: SessionOptions): Promise<SnapshotSession>;
}

export interface SessionOptions {
  /** Hashes that the target computes with the agreed result, in order of preference: the session takes the first it can. */
  readonly hashes: readonly HashAlgorithm[];
  /**
   * The columns that the versions cover: those recorded with the copy. Absent before the first copy: all of them.
   * A column that the source no longer has, or has with another type, fails the opening (SOURCE_SCHEMA_CHANGED); one
   * that was added is left out. One list per session: days recorded with another list are asked in a session of their own,
   * which is another snapshot.
   */
  readonly columns?: readonly SourceColumn[];
  /** Aborting closes the session; every call and stream in hand fails. */
  readonly signal?: AbortSignal;
}

/**
 * How a version, a signed 64-bit number, is made of an element's record.
 *
 * - `hashtextextended`: PostgreSQL's own `hashtextextended(text COLLATE "C", 0)`; agreed by test vector only.
 * - `md5`: the first 64 bits, as a signed integer, of md5 over the UTF-8 bytes of the text.
 */
export type HashAlgorithm = 'hashtextextended' | 'md5';

export interface SourceColumn {
  readonly name: string;
  /** The source's own name of the type, as `format_type` prints it. */
  readonly type: string;
  /** A column may be both: a key column that is also the day is listed as `key`. */
  readonly role: 'key' | 'day' | 'payload';
}

export interface SourceDescription {
  readonly columns: readonly SourceColumn[];
  /** Names of the key columns in the order of the key. One: the key is its text. More: the JSON array of their texts. */
  readonly key: readonly string[];
  /**
   * How the target computes the same version from the columns it stored: `record` hashes `ROW(columns)::text`.
   */
  readonly version: { readonly kind: 'record'; readonly hash: HashAlgorithm };
}

export interface Retention {
  /** Days kept besides today, if the source says so. */
  readonly days: number | null;
  /** The oldest day held, null when the source is empty. */
  readonly oldestDay: string | null;
}

export interface DayCensus {
  readonly count: number;
  /** Exact sum of the signed 64-bit versions, as a decimal string. */
  readonly digest: string;
}

export interface Census {
  /** Only days with elements, `YYYY-MM-DD`, ascending. */
  readonly days: ReadonlyMap<string, DayCensus>;
  /** Elements that stand on no day: NULL, infinite, outside 0001-01-01 … 9999-12-31. Counted and named, never copied. */
  readonly unreadable: { readonly count: number; readonly reasons: readonly string[] };
}

export interface SnapshotSession {
  /** The source's clock (RFC 3339, UTC, microseconds) read just before the snapshot was taken: nothing committed before it is missing. */
  readonly at: string;
  readonly description: SourceDescription;
  retention(): Promise<Retention>;
  /** Per day the count and the digest, of all days or of those given. */
  census(days?: readonly string[]): Promise<Census>;
  /** Rows `key \t version` of one day, in no order. Duplicate keys come as often as they stand. */
  fingerprints(day: string): Readable;
  /** Rows `day \t key \t column \t …` of one day (columns in the order of the description), all of them or of the keys given. */
  elements(day: string, keys?: readonly string[]): Readable;
  /** Ends the session at once, also with a stream in hand (which then fails). Idempotent. */
  close(): Promise<void>;
}

export type SourceFaultCode =
  | 'SOURCE_UNREACHABLE'
  | 'SOURCE_AUTHENTICATION_FAILED'
  | 'SOURCE_PERMISSION_DENIED'
  | 'SOURCE_DATABASE_UNKNOWN'
  | 'SOURCE_TABLE_UNKNOWN'
  | 'SOURCE_COLUMN_UNKNOWN'
  | 'SOURCE_DAY_TYPE_UNSUPPORTED'
  | 'SOURCE_DAY_TIME_ZONE'
  | 'SOURCE_TIME_ZONE_UNKNOWN'
  | 'SOURCE_ENCODING_UNSUPPORTED'
  | 'SOURCE_VERSION_UNSUPPORTED'
  | 'SOURCE_SCHEMA_CHANGED'
  | 'SOURCE_ROWS_HIDDEN'
  | 'SOURCE_STANDBY_LAGS'
  | 'SOURCE_HASH_CHANGED'
  | 'SOURCE_SESSION_CLOSED'
  | 'SOURCE_FAILED';

/** What went wrong at a source, in words for the person who runs it. Never holds a secret. */
export class SourceFault extends Error {
  override readonly name = 'SourceFault';
  readonly code: SourceFaultCode;
  /** True for what may pass by itself (connection, time-out, restart, lag): the run backs off and goes on. */
  readonly retryable: boolean;
  /** Where in the source's settings the cause stands, e.g. `connector.day.column`, if it stands there. */
  readonly path: string | undefined;

  constructor(
    code: SourceFaultCode,
    message: string,
    options: { retryable?: boolean; path?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.path = options.path;
  }
}
