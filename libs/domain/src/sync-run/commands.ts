import type { DaySynchronized, RunEnd, RunProblem } from './events';
import type { RunRequest } from './request';

export interface RequestRun {
  readonly type: 'RequestRun';
  readonly request: RunRequest;
}

/** Whoever holds the lease with this token begins, or goes on with, the run. */
export interface StartRun {
  readonly type: 'StartRun';
  readonly token: string;
}

/** The holder goes on after a transient fault was sat out: its nth attempt, counted from 1. */
export interface ResumeRun {
  readonly type: 'ResumeRun';
  readonly token: string;
  readonly attempt: number;
}

/** Days that the target holds committed; the recorded ones are left out. */
export interface RecordDays {
  readonly type: 'RecordDays';
  readonly days: readonly DaySynchronized['data'][];
}

export interface CompleteRun {
  readonly type: 'CompleteRun';
  /** Of the holder that ends it: one that was taken over meanwhile ends nothing. */
  readonly token: string;
  readonly end: Pick<RunEnd, 'days' | 'counts'>;
}

export interface FailRun {
  readonly type: 'FailRun';
  readonly token: string;
  readonly end: Pick<RunEnd, 'days' | 'counts'>;
  readonly problem: RunProblem;
}

export interface CancelRun {
  readonly type: 'CancelRun';
}

export type SyncRunCommand =
  RequestRun | StartRun | ResumeRun | RecordDays | CompleteRun | FailRun | CancelRun;
