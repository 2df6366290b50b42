import type { DaymarkEvent } from '@daymark/contracts';
import {
  evolveSyncRun,
  initialSyncRun,
  isFinished,
  type DayReport,
  type Period,
  type RunCounts,
  type RunRequest,
  type SyncRunEvent,
  type SyncRunState,
} from '@daymark/domain/sync-run';
import type { RunHeader } from '../port';
import type { FoldContext } from './fold-context';
import { hull } from './source-fold';

/** A run's row as it is kept: its days stand apart, one row each, so that no event rewrites all of them. */
export interface FoldedRun extends RunHeader {
  /** Of the request: what the history is ordered by. */
  readonly position: string;
}

/** A day of a run, as it is kept. */
export interface FoldedRunDay {
  readonly runId: string;
  readonly sourceId: string;
  readonly report: DayReport;
}

/** The run's own events; what only the queue or other aggregates say is no row of a run. */
export function runEventOf(event: DaymarkEvent): SyncRunEvent | null {
  switch (event.type) {
    case 'SyncRequested':
    case 'ResyncRequested':
    case 'SyncStarted':
    case 'SyncResumed':
    case 'DaySynchronized':
    case 'SyncCompleted':
    case 'SyncFailed':
    case 'SyncCancelRequested':
    case 'SyncCancelled':
      return event;
    default:
      return null;
  }
}

/** The days that an event tells of: committed, or only looked at. */
export function reportsOf(event: SyncRunEvent): readonly DayReport[] {
  if (event.type === 'SyncCompleted' || event.type === 'SyncFailed') return event.data.days;
  if (event.type !== 'DaySynchronized') return [];
  const { day, outcome, counts } = event.data;
  return [{ day, outcome, counts }];
}

/** `listed` are those of the event's days that the run did not list before: a day counts once. */
export function foldRun(
  row: FoldedRun | null,
  event: SyncRunEvent,
  context: FoldContext,
  listed: readonly DayReport[],
): FoldedRun | null {
  const state = evolveSyncRun(row === null ? initialSyncRun : stateOf(row), event);
  if (state.status === 'none') return null;
  const known = row ?? requested(state.request, context);
  return {
    ...known,
    ...lifecycle(known, state, event, context),
    period: listed.reduce((period, { day }) => taken(known.request, period, day), known.period),
    daysDone: known.daysDone + listed.length,
    counts: listed.reduce((sum, { counts }) => added(sum, counts), known.counts),
  };
}

function lifecycle(
  known: FoldedRun,
  state: Exclude<SyncRunState, { status: 'none' }>,
  event: SyncRunEvent,
  { occurredAt }: FoldContext,
): Pick<FoldedRun, 'status' | 'startedAt' | 'finishedAt' | 'attempts' | 'problem'> {
  const open = known.finishedAt === null;
  return {
    status: state.status,
    startedAt: known.startedAt ?? (event.type === 'SyncStarted' ? occurredAt : null),
    finishedAt: open && isFinished(state.status) ? occurredAt : known.finishedAt,
    attempts: 'attempts' in state ? state.attempts : known.attempts,
    problem: open && event.type === 'SyncFailed' ? event.data.problem : known.problem,
  };
}

function requested(request: RunRequest, context: FoldContext): FoldedRun {
  return {
    id: request.runId,
    request,
    status: 'requested',
    period: request.period,
    startedAt: null,
    finishedAt: null,
    attempts: 0,
    counts: nothing,
    daysDone: 0,
    problem: null,
    position: context.position,
  };
}

/** Who holds the run and which days it committed decide nothing here: the row keeps neither. */
function stateOf(row: FoldedRun): SyncRunState {
  const { request, status, attempts } = row;
  if (status !== 'running' && status !== 'cancelling') return { status, request };
  return { status, request, attempts, token: '', days: new Set() };
}

/** An incremental is asked for no period: it takes what it finds. */
function taken(request: RunRequest, period: Period | null, day: string): Period | null {
  return request.period === null ? hull(period, day) : period;
}

const nothing: RunCounts = {
  read: 0,
  inserted: 0,
  changed: 0,
  unchanged: 0,
  deleted: 0,
  quarantined: 0,
  withheld: 0,
};

function added(a: RunCounts, b: RunCounts): RunCounts {
  return {
    read: a.read + b.read,
    inserted: a.inserted + b.inserted,
    changed: a.changed + b.changed,
    unchanged: a.unchanged + b.unchanged,
    deleted: a.deleted + b.deleted,
    quarantined: a.quarantined + b.quarantined,
    withheld: a.withheld + b.withheld,
  };
}
