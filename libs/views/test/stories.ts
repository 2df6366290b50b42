import type { DaymarkEvent } from '@daymark/contracts';
import type { DayCount } from '@daymark/domain/counts';
import type { SourceSettings } from '@daymark/domain/source';
import type { DayReport, RunCounts, RunRequest } from '@daymark/domain/sync-run';

/** Words to tell stories of the log with. */

export const orders = '6f0b2f3e-0000-4000-8000-000000000001';
export const flows = '6f0b2f3e-0000-4000-8000-000000000002';
export const runA = '6f0b2f3e-0000-4000-8000-00000000000a';
export const runB = '6f0b2f3e-0000-4000-8000-00000000000b';

export const settings: SourceSettings = {
  name: 'orders',
  timeZone: 'Europe/Rome',
  pollingIntervalMinutes: 5,
  lateData: 'hold',
  settleDelayMinutes: 120,
  connector: {
    type: 'postgres',
    url: 'postgresql://reader@db/orders',
    table: 'public.flows',
    key: ['id'],
    day: { column: 'at' },
  },
  cleaner: null,
};

export function registered(sourceId = orders, name = 'orders', revision = 1): DaymarkEvent {
  return { type: 'SourceRegistered', data: { sourceId, settings: { ...settings, name }, revision } };
}

export function removed(elements: 'keep' | 'delete', sourceId = orders): DaymarkEvent {
  return { type: 'SourceRemoved', data: { sourceId, elements } };
}

export function count(day: string, numbers: Partial<DayCount> = {}): DayCount {
  return {
    day,
    revision: 0,
    at: '2026-11-20T01:00:00Z',
    sealed: false,
    elements: 10,
    new: 0,
    changed: 0,
    deleted: 0,
    ...numbers,
  };
}

export function polled(counts: readonly DayCount[], over: { censusAt?: string } = {}): DaymarkEvent {
  const days = counts.map(({ day }) => day).sort();
  return {
    type: 'PendingElementsDetected',
    data: {
      sourceId: orders,
      censusAt: over.censusAt ?? '2026-11-20T01:00:00Z',
      oldestDay: days[0] ?? null,
      newestDay: days.at(-1) ?? null,
      unreadable: { count: 0, reasons: [] },
      counts,
      pending: 0,
      held: 0,
    },
  };
}

export const none: RunCounts = {
  read: 0,
  inserted: 0,
  changed: 0,
  unchanged: 0,
  deleted: 0,
  quarantined: 0,
  withheld: 0,
};

export function request(over: Partial<RunRequest> = {}): RunRequest {
  return {
    runId: runA,
    sourceId: orders,
    type: 'incremental',
    period: null,
    resync: false,
    dryRun: false,
    trigger: { kind: 'person', actor: 'administrator', occurrence: null },
    requestedAt: '2026-11-20T02:00:00Z',
    ...over,
  };
}

export function requested(over: Partial<RunRequest> = {}): DaymarkEvent {
  return { type: 'SyncRequested', data: request(over) };
}

export function started(runId = runA): DaymarkEvent {
  return { type: 'SyncStarted', data: { runId, sourceId: orders, token: '1' } };
}

type Synchronized = Extract<DaymarkEvent, { type: 'DaySynchronized' }>['data'];

export function synchronized(day: string, over: Partial<Synchronized> = {}): DaymarkEvent {
  return {
    type: 'DaySynchronized',
    data: {
      runId: runA,
      sourceId: orders,
      day,
      revision: 1,
      snapshotAt: '2026-11-20T02:00:10Z',
      sealed: true,
      outcome: 'synchronized',
      counts: { ...none, read: 10, inserted: 10 },
      elements: 10,
      digest: '77',
      source: { elements: 10, digest: '77' },
      kept: 0,
      ...over,
    },
  };
}

export function report(day: string, over: Partial<DayReport> = {}): DayReport {
  return { day, outcome: 'held', counts: none, ...over };
}

interface End {
  readonly runId?: string;
  readonly days?: readonly DayReport[];
  readonly counts?: readonly DayCount[];
}

export function completed({ runId = runA, days = [], counts = [] }: End = {}): DaymarkEvent {
  return { type: 'SyncCompleted', data: { runId, sourceId: orders, period: null, days, counts } };
}

export function failed({ runId = runA, days = [], counts = [] }: End = {}): DaymarkEvent {
  const problem = { code: 'DAY_DIGEST_MISMATCH', detail: 'one day' };
  return { type: 'SyncFailed', data: { runId, sourceId: orders, days, counts, problem } };
}

/** A source's whole life with two runs: what every spec of replaying folds. */
export const wholeLife: readonly DaymarkEvent[] = [
  registered(),
  registered(flows, 'flows'),
  polled([count('2026-11-18', { new: 10 }), count('2026-11-19', { new: 10 })]),
  requested(),
  { type: 'RunQueued', data: { request: request() } },
  started(),
  synchronized('2026-11-18'),
  { type: 'SyncResumed', data: { runId: runA, sourceId: orders, token: '2', attempt: 2 } },
  synchronized('2026-11-19', { sealed: false }),
  completed({
    days: [report('2026-11-17')],
    counts: [count('2026-11-19', { revision: 1, at: '2026-11-20T02:00:30Z', changed: 2 })],
  }),
  { type: 'RunReleased', data: { runId: runA, sourceId: orders } },
  { type: 'SourceUnreachable', data: { sourceId: orders, code: 'SOURCE_UNREACHABLE', detail: 'no route' } },
  { type: 'SourceRecovered', data: { sourceId: orders } },
  polled([count('2026-11-18', { revision: 1, at: '2026-11-21T01:00:00Z', sealed: true, new: 3 })], {
    censusAt: '2026-11-21T01:00:00Z',
  }),
  requested({ runId: runB, type: 'day', period: { from: '2026-11-19', to: '2026-11-19' } }),
  started(runB),
  failed({ runId: runB, days: [report('2026-11-19', { outcome: 'failed' })] }),
  removed('delete'),
  registered(orders, 'orders', 2),
  polled([count('2026-11-18', { at: '2026-11-22T01:00:00Z', new: 4 })], { censusAt: '2026-11-22T01:00:00Z' }),
];
