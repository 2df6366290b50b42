/**
 * What people see, folded from the log. Each view is `(row | null, event) → row | null`, written together with its
 * checkpoint in one transaction; all of them can be thrown away and are folded again from the first event.
 */
import type { DayCount, Difference } from '@daymark/domain/counts';
import type { PollingState, SourceSettings } from '@daymark/domain/source';
import type { DayReport, Period, RunCounts, RunProblem, RunRequest } from '@daymark/domain/sync-run';

/** One source as registered, changed, removed; and what its polls and runs said of it as a whole. */
export interface SourceRow {
  readonly id: string;
  readonly settings: SourceSettings;
  readonly revision: number;
  readonly removed: boolean;
  readonly polling: PollingState;
  /** Instant of the latest census that an event told of: polls that found nothing new do not move it. */
  readonly censusAt: string | null;
  /** When the last run that committed or confirmed its days ended (its SyncCompleted's occurredAt). */
  readonly lastSynchronizedAt: string | null;
  /** First and last day that the copy holds a summary of. */
  readonly covered: Period | null;
}

/** What the copy holds of a day, from its last `DaySynchronized`. */
export interface CopiedDay {
  readonly revision: number;
  readonly sealed: boolean;
  readonly elements: number;
  readonly digest: string;
  readonly kept: number;
  /** The writer's clock when the day's event was written. */
  readonly synchronizedAt: string;
  readonly run: string;
}

export interface DayRow {
  readonly sourceId: string;
  readonly day: string;
  /** The highest (revision, instant) count; null when nobody counted it. */
  readonly count: DayCount | null;
  readonly copied: CopiedDay | null;
  /** What the last run that took the day and could not said; null once a run could. */
  readonly failed: RunProblem | null;
}

export type RunStatus = 'requested' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled';

/** A run as lists show it: without its days, which may be hundreds. */
export interface RunHeader {
  readonly id: string;
  readonly request: RunRequest;
  readonly status: RunStatus;
  /** What an incremental run turned out to take; else the period asked for. */
  readonly period: Period | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly attempts: number;
  readonly counts: RunCounts;
  /** How many days it committed or only looked at. */
  readonly daysDone: number;
  readonly problem: RunProblem | null;
}

export interface RunRow extends RunHeader {
  /** One entry per day, ascending: committed ones and those only looked at. */
  readonly days: readonly DayReport[];
}

export interface RunFilter {
  readonly sourceId?: string;
  readonly status?: readonly RunStatus[];
  readonly type?: readonly string[];
  readonly trigger?: readonly string[];
  /** Of the request's instant, RFC 3339: from inclusive, to exclusive. */
  readonly from?: string;
  readonly to?: string;
}

export interface PageWanted {
  /** `nextCursor` of the page before; null: the first page. */
  readonly cursor: string | null;
  /** 1 … LARGEST_PAGE. */
  readonly limit: number;
}

export const LARGEST_PAGE = 500;

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Opaque; null on the last page. */
  readonly nextCursor: string | null;
}

/** Totals over the days of one seal state. */
export interface DifferenceTotal extends Difference {
  readonly total: number;
  readonly days: readonly (Difference & { readonly day: string })[];
}

/** Reads of one moment: `position` is the log position that the answer is folded up to. */
export interface Views {
  /** Every source that is not removed, by name. */
  sources(): Promise<readonly SourceRow[]>;
  /** The same, a page at a time. Throws ViewFault CURSOR_INVALID. */
  pageOfSources(page: PageWanted): Promise<Page<SourceRow>>;
  /** By id or by name; a removed source is not found. */
  source(idOrName: string): Promise<SourceRow | null>;
  /** What is pending (unsealed) or held (sealed) by day. */
  differences(sourceId: string, sealed: boolean): Promise<DifferenceTotal>;
  /** Rows of the days that anything is known of, ascending. */
  days(sourceId: string, period: Period): Promise<readonly DayRow[]>;
  run(id: string): Promise<RunRow | null>;
  /** The run that a source is at (running or cancelling), if any. */
  runningRun(sourceId: string): Promise<RunHeader | null>;
  /** Newest request first. Throws ViewFault CURSOR_INVALID. */
  runs(filter: RunFilter, page: PageWanted): Promise<Page<RunHeader>>;
  /** Runs that took or looked at the day, newest first, at most 50. */
  runsOfDay(sourceId: string, day: string): Promise<readonly RunHeader[]>;
  /** How far the views are folded; null before the first event. */
  position(): Promise<string | null>;
  /** Waits until the views are folded up to the position; false when that took longer than the time given. */
  reached(position: string, timeoutMs: number): Promise<boolean>;
}

/**
 * CURSOR_INVALID: no page gave the cursor out. VIEWS_REBUILDING: there is nothing whole to read yet; the same question
 * can be answered once the log is folded.
 */
export type ViewFaultCode = 'CURSOR_INVALID' | 'VIEWS_REBUILDING';

export class ViewFault extends Error {
  override readonly name = 'ViewFault';
  readonly code: ViewFaultCode;

  constructor(code: ViewFaultCode, message: string) {
    super(message);
    this.code = code;
  }
}
