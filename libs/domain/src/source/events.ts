import type { Day, Instant } from '../calendar-days';
import type { DayCount } from '../counts';
import type { SourceSettings } from './settings';

export interface SourceRegistered {
  readonly type: 'SourceRegistered';
  readonly data: { readonly sourceId: string; readonly settings: SourceSettings; readonly revision: number };
}

export interface SourceChanged {
  readonly type: 'SourceChanged';
  readonly data: { readonly sourceId: string; readonly settings: SourceSettings; readonly revision: number };
}

export interface SourceRemoved {
  readonly type: 'SourceRemoved';
  readonly data: { readonly sourceId: string; readonly elements: 'keep' | 'delete' };
}

/** Elements that stand on no day: how many, and why (`NULL`, `infinity`, …). Counted and named, never copied. */
export interface Unreadable {
  readonly count: number;
  readonly reasons: readonly string[];
}

/** What every poll event says: only the days whose numbers the fold did not show already. */
export interface PollResult {
  readonly sourceId: string;
  readonly censusAt: Instant;
  /** Of the whole census; null when the source holds nothing. */
  readonly oldestDay: Day | null;
  readonly newestDay: Day | null;
  readonly unreadable: Unreadable;
  readonly counts: readonly DayCount[];
  /** Over all days, after this poll. */
  readonly pending: number;
  readonly held: number;
}

/** Source and target differ on days that are not sealed. */
export interface PendingElementsDetected {
  readonly type: 'PendingElementsDetected';
  readonly data: PollResult;
}

/** Nothing is pending any more. */
export interface SourceAligned {
  readonly type: 'SourceAligned';
  readonly data: PollResult;
}

/** What differs on sealed days changed. */
export interface LateElementsHeld {
  readonly type: 'LateElementsHeld';
  readonly data: PollResult;
}

export interface SourceUnreachable {
  readonly type: 'SourceUnreachable';
  readonly data: { readonly sourceId: string; readonly code: string; readonly detail: string };
}

export interface SourceRecovered {
  readonly type: 'SourceRecovered';
  readonly data: { readonly sourceId: string };
}

export type PollEvent = PendingElementsDetected | SourceAligned | LateElementsHeld;

export type SourceEvent =
  SourceRegistered | SourceChanged | SourceRemoved | PollEvent | SourceUnreachable | SourceRecovered;
