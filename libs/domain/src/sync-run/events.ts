import type { Day, Instant } from '../calendar-days';
import type { DayCount } from '../counts';
import type { Period, RunRequest } from './request';

/** What was done with the elements of a day or a run. `read = inserted + changed + unchanged + quarantined`. */
export interface RunCounts {
  readonly read: number;
  readonly inserted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly quarantined: number;
  readonly withheld: number;
}

export type DayOutcome = 'synchronized' | 'unchanged' | 'empty' | 'held' | 'failed' | 'would-change';

export interface RunProblem {
  readonly code: string;
  readonly detail: string;
}

/** What a run did with a day that it did not commit. */
export interface DayReport {
  readonly day: Day;
  readonly outcome: DayOutcome;
  readonly counts: RunCounts;
  readonly problem?: RunProblem;
}

export interface SyncRequested {
  readonly type: 'SyncRequested';
  readonly data: RunRequest;
}

/** A run that also takes sealed days was asked for. */
export interface ResyncRequested {
  readonly type: 'ResyncRequested';
  readonly data: RunRequest;
}

export interface SyncStarted {
  readonly type: 'SyncStarted';
  readonly data: { readonly runId: string; readonly sourceId: string; readonly token: string };
}

/** Another holder goes on with the run, or the same one after a transient fault was sat out. */
export interface SyncResumed {
  readonly type: 'SyncResumed';
  readonly data: {
    readonly runId: string;
    readonly sourceId: string;
    readonly token: string;
    readonly attempt: number;
  };
}

/** One day was committed: all of it from its summary row. */
export interface DaySynchronized {
  readonly type: 'DaySynchronized';
  readonly data: {
    readonly runId: string;
    readonly sourceId: string;
    readonly day: Day;
    /** Of the day's summary. */
    readonly revision: number;
    readonly snapshotAt: Instant;
    readonly sealed: boolean;
    readonly outcome: 'synchronized' | 'unchanged' | 'empty';
    readonly counts: RunCounts;
    /** What the copy holds now, counted and summed from its own columns. */
    readonly elements: number;
    readonly digest: string;
    /** What the source held in that snapshot. */
    readonly source: { readonly elements: number; readonly digest: string };
    /** Rows of ours that stay although the source has purged them. */
    readonly kept: number;
  };
}

export interface SyncCompleted {
  readonly type: 'SyncCompleted';
  readonly data: RunEnd & { readonly period: Period | null };
}

export interface SyncFailed {
  readonly type: 'SyncFailed';
  readonly data: RunEnd & { readonly problem: RunProblem };
}

export interface SyncCancelRequested {
  readonly type: 'SyncCancelRequested';
  readonly data: { readonly runId: string; readonly sourceId: string };
}

export interface SyncCancelled {
  readonly type: 'SyncCancelled';
  readonly data: { readonly runId: string; readonly sourceId: string };
}

/** How a run leaves things. */
export interface RunEnd {
  readonly runId: string;
  readonly sourceId: string;
  /** Days that were looked at and not committed. */
  readonly days: readonly DayReport[];
  /** What its last snapshot leaves pending and held, so that status is right the moment the run ends. */
  readonly counts: readonly DayCount[];
}

export type SyncRunEvent =
  | SyncRequested
  | ResyncRequested
  | SyncStarted
  | SyncResumed
  | DaySynchronized
  | SyncCompleted
  | SyncFailed
  | SyncCancelRequested
  | SyncCancelled;
