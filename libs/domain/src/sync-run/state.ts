import type { Day } from '../calendar-days';
import type { DaySynchronized, SyncRunEvent } from './events';
import type { RunRequest } from './request';

export interface Underway {
  readonly request: RunRequest;
  /** 1 at the start, one more with each takeover and each fault that was sat out. */
  readonly attempts: number;
  readonly token: string;
  /** Days whose commit is recorded. */
  readonly days: ReadonlySet<Day>;
}

export type SyncRunState =
  | { readonly status: 'none' }
  | { readonly status: 'requested'; readonly request: RunRequest }
  | ({ readonly status: 'running' } & Underway)
  | ({ readonly status: 'cancelling' } & Underway)
  | { readonly status: 'succeeded'; readonly request: RunRequest }
  | { readonly status: 'failed'; readonly request: RunRequest }
  | { readonly status: 'cancelled'; readonly request: RunRequest };

export type SyncRunStatus = SyncRunState['status'];

export const initialSyncRun: SyncRunState = { status: 'none' };

export function isFinished(status: SyncRunStatus): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}

/** Never refuses: history is not negotiable. What makes no sense after what came before changes nothing. */
export function evolveSyncRun(state: SyncRunState, event: SyncRunEvent): SyncRunState {
  if (event.type === 'SyncRequested' || event.type === 'ResyncRequested') {
    return state.status === 'none' ? { status: 'requested', request: event.data } : state;
  }
  if (state.status === 'none' || isFinished(state.status)) return state;
  const { request } = state;
  switch (event.type) {
    case 'SyncStarted':
      if (state.status !== 'requested') return state;
      return { status: 'running', request, attempts: 1, token: event.data.token, days: new Set() };
    case 'SyncResumed':
      return underway(state, (run) => ({ ...run, attempts: event.data.attempt, token: event.data.token }));
    case 'DaySynchronized':
      return underway(state, (run) => withDay(run, event));
    case 'SyncCancelRequested':
      return state.status === 'running' ? { ...state, status: 'cancelling' } : state;
    case 'SyncCompleted':
      return { status: 'succeeded', request };
    case 'SyncFailed':
      return { status: 'failed', request };
    case 'SyncCancelled':
      return { status: 'cancelled', request };
  }
}

type Moving = Extract<SyncRunState, { status: 'running' | 'cancelling' }>;

function underway(state: SyncRunState, change: (run: Moving) => Moving): SyncRunState {
  return state.status === 'running' || state.status === 'cancelling' ? change(state) : state;
}

function withDay(run: Moving, event: DaySynchronized): Moving {
  return { ...run, days: new Set([...run.days, event.data.day]) };
}
