import type { SourceSettings } from '@daymark/domain/source';
import type { RunCounts } from '@daymark/domain/sync-run';
import type { CopiedDay, DayRow, RunRow, SourceRow } from '@daymark/views';

export const SOURCE_ID = '6f6ad1c4-5c0c-4f10-9a7d-0d5f4a4a9b01';
export const RUN_ID = '0d9b6c1e-3a53-4be3-8a6e-1b7c5d1e2f03';

export const settings: SourceSettings = {
  name: 'orders',
  timeZone: 'Europe/Rome',
  pollingIntervalMinutes: 5,
  lateData: 'hold',
  settleDelayMinutes: 120,
  connector: {
    type: 'postgres',
    url: 'postgresql://reader@db.internal/orders',
    password: 'env:ORDERS_PASSWORD',
    table: 'public.flows',
    key: ['flow_id'],
    day: { column: 'started_at' },
  },
  cleaner: { retentionDays: 7, runsAt: '03:00', guardMinutes: 60 },
};

export function sourceRow(over: Partial<SourceRow> = {}): SourceRow {
  return {
    id: SOURCE_ID,
    settings,
    revision: 1,
    removed: false,
    polling: {
      knownFrom: '2026-11-13',
      oldestSeen: '2026-11-13',
      polled: true,
      unreadable: { count: 0, reasons: [] },
      problem: null,
    },
    censusAt: '2026-11-23T11:55:00.000Z',
    lastSynchronizedAt: '2026-11-23T03:00:00.000Z',
    covered: { from: '2026-11-13', to: '2026-11-22' },
    ...over,
  };
}

export const noCounts: RunCounts = {
  read: 0,
  inserted: 0,
  changed: 0,
  unchanged: 0,
  deleted: 0,
  quarantined: 0,
  withheld: 0,
};

export function runRow(over: Partial<RunRow> = {}): RunRow {
  return {
    id: RUN_ID,
    request: {
      runId: RUN_ID,
      sourceId: SOURCE_ID,
      type: 'incremental',
      period: null,
      resync: false,
      dryRun: false,
      trigger: { kind: 'api', actor: 'administrator', occurrence: null },
      requestedAt: '2026-11-23T03:00:00.000Z',
    },
    status: 'running',
    period: null,
    startedAt: '2026-11-23T03:00:01.000Z',
    finishedAt: null,
    attempts: 1,
    counts: noCounts,
    daysDone: over.days?.length ?? 0,
    days: [],
    problem: null,
    ...over,
  };
}

export const copiedDay: CopiedDay = {
  revision: 1,
  sealed: true,
  elements: 100,
  digest: '-42',
  kept: 0,
  synchronizedAt: '2026-11-23T03:00:02.000Z',
  run: RUN_ID,
};

export function dayRow(day: string, over: Partial<Omit<DayRow, 'day'>> = {}): DayRow {
  return { sourceId: SOURCE_ID, day, count: null, copied: copiedDay, failed: null, ...over };
}
