/** One coherent story, told in every example. */
const id = '6f6ad1c4-5c0c-4f10-9a7d-0d5f4a4a9b01';
const run = '0d9b6c1e-3a53-4be3-8a6e-1b7c5d1e2f03';
const at = '00000000000000000042';

const source = {
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

const counts = {
  read: 12,
  inserted: 10,
  changed: 1,
  unchanged: 1,
  deleted: 1,
  quarantined: 0,
  withheld: 0,
};

const runSummary = {
  id: run,
  sourceId: id,
  type: 'incremental',
  resync: false,
  dryRun: false,
  approves: null,
  status: 'succeeded',
  trigger: { kind: 'api', actor: 'administrator', occurrence: null },
  period: { from: '2026-11-22', to: '2026-11-23' },
  requestedAt: '2026-11-23T02:00:00.000Z',
  startedAt: '2026-11-23T02:00:00.120Z',
  finishedAt: '2026-11-23T02:00:01.480Z',
  attempts: 1,
  progress: { daysDone: 2, daysTotal: 2, elementsRead: 12 },
  counts,
  problem: null,
};

const day = {
  day: '2026-11-22',
  state: 'synchronized',
  elements: 120332,
  digest: '-4611686018427387904',
  sealed: true,
  open: false,
  atRisk: false,
  pending: null,
  held: { total: 0, new: 0, changed: 0, deleted: 0 },
  quarantined: 0,
  withheld: 0,
  lost: null,
  kept: 0,
  synchronizedAt: '2026-11-23T02:00:01.100Z',
  run,
  cleanerTakesAt: null,
};

const differences = {
  total: 12,
  new: 10,
  changed: 1,
  deleted: 1,
  days: [{ day: '2026-11-23', new: 10, changed: 1, deleted: 1 }],
};

export const examples = {
  source,
  sourceTaken: { id, ...source, revision: 1, position: at },
  sourceShown: { id, ...source, revision: 1 },
  credentials: { username: 'administrator', password: 'correct horse battery staple' },
  session: {
    token: 'eyJhbGciOiJIUzI1NiJ9.e30.4E_Bsx-pJi3kOW9wVXN8CgbATwP09D9V5gxh9-9zSZ0',
    expiresAt: '2026-11-23T06:00:00.000Z',
    user: { name: 'administrator', roles: ['administrator'] },
  },
  account: { name: 'reader', password: 'long enough', roles: ['viewer'] },
  accountShown: { name: 'reader', roles: ['viewer'], createdAt: '2026-11-23T02:00:00.000Z' },
  tested: {
    ok: true,
    columns: [
      { name: 'flow_id', type: 'bigint', role: 'key' },
      { name: 'started_at', type: 'timestamp with time zone', role: 'day' },
      { name: 'bytes', type: 'numeric(20,0)', role: 'payload' },
    ],
    oldestDay: '2026-11-16',
    elements: 963011,
  },
  status: {
    sourceId: id,
    state: 'pending',
    pending: differences,
    held: { total: 0, new: 0, changed: 0, deleted: 0, days: [] },
    unreadable: { count: 0, reasons: [] },
    quarantined: 0,
    withheld: 0,
    atRisk: [],
    checkedAt: '2026-11-23T09:55:00.000Z',
    checking: false,
    nextPollAt: '2026-11-23T10:00:00.000Z',
    lastSynchronizedAt: '2026-11-23T02:00:01.480Z',
    coveredPeriod: { from: '2026-11-13', to: '2026-11-23' },
    runningRun: null,
    nextOccurrence: null,
    nextCleanerWindow: null,
    problem: null,
    position: at,
  },
  runRequest: { type: 'range', from: '2026-11-01', to: '2026-11-22', resync: true, dryRun: true },
  runRequested: { id: run, position: at, existing: false },
  runSummary,
  run: { ...runSummary, days: [{ day: '2026-11-23', outcome: 'synchronized', counts, problem: null }] },
  calendar: {
    sourceId: id,
    timeZone: 'Europe/Rome',
    from: '2026-11-22',
    to: '2026-11-22',
    today: '2026-11-23',
    days: [day],
    summary: { synchronized: 1, days: 1 },
    position: at,
  },
  dayWithRuns: { sourceId: id, ...day, runs: [runSummary], position: at },
  element: {
    key: '4711',
    version: '-8070450532247928832',
    payload: { flow_id: '4711', started_at: '2026-11-22 23:10:04.120934+01', bytes: '18446744073709551616' },
  },
  event: {
    position: at,
    id: '7d0f6a1c-0b1e-5c55-8f3b-2a44f3d0b9e1',
    type: 'SourceRecovered',
    sourceId: id,
    occurredAt: '2026-11-23T02:00:00.000Z',
    actor: 'system:source-polling',
    correlationId: 'nightly-4711',
    data: { sourceId: id },
  },
  problem: {
    type: '/api/docs/errors#SOURCE_COLUMN_UNKNOWN',
    title: 'Source column unknown',
    status: 422,
    detail: 'There is no column "startedat" in public.flows.',
    code: 'SOURCE_COLUMN_UNKNOWN',
    instance: '/api/v1/sources',
    errors: [{ path: 'connector.day.column', message: 'is no column of the table' }],
    correlationId: 'nightly-4711',
  },
  auditEntry: {
    id: '17',
    at: '2026-11-23T02:00:00.000Z',
    kind: 'command',
    actor: 'administrator',
    via: 'bearer',
    address: '127.0.0.1',
    method: 'POST',
    path: '/api/v1/sources/orders/runs',
    status: 202,
    code: null,
    correlationId: 'nightly-4711',
    position: at,
    repeated: 1,
  },
} as const;

export function listWith(item: unknown): { items: readonly unknown[]; nextCursor: null } {
  return { items: [item], nextCursor: null };
}
