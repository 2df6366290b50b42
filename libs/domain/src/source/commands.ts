import type { Day, Instant } from '../calendar-days';
import type { DayCount, DayCounts } from '../counts';
import type { Unreadable } from './events';
import type { SourceSettings } from './settings';

export interface RegisterSource {
  readonly type: 'RegisterSource';
  readonly sourceId: string;
  readonly settings: SourceSettings;
  /** True when the copy of this source holds anything. */
  readonly copied: boolean;
}

export interface ChangeSource {
  readonly type: 'ChangeSource';
  readonly settings: SourceSettings;
  /** The revision that the writer saw (If-Match); absent: whatever it is. */
  readonly expectedRevision?: number;
  readonly copied: boolean;
}

export interface RemoveSource {
  readonly type: 'RemoveSource';
  readonly elements: 'keep' | 'delete';
}

/** What one poll counted, beside what the log's fold shows. */
export interface RecordPoll {
  readonly type: 'RecordPoll';
  readonly censusAt: Instant;
  readonly oldestDay: Day | null;
  readonly newestDay: Day | null;
  readonly unreadable: Unreadable;
  /** Of every day that could be counted without a run in between. */
  readonly counts: readonly DayCount[];
  readonly known: DayCounts;
}

export interface RecordUnreachable {
  readonly type: 'RecordUnreachable';
  readonly code: string;
  readonly detail: string;
}

export type SourceCommand = RegisterSource | ChangeSource | RemoveSource | RecordPoll | RecordUnreachable;
