import type { DayCount } from '../src/counts';
import type { PollResult, RecordPoll, SourceCommand, SourceEvent, SourceSettings } from '../src/source';

export const sourceId = '6f0b2f3e-0000-4000-8000-000000000001';

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
  cleaner: null,
};

export const unlike: SourceSettings = { ...settings, pollingIntervalMinutes: 1 };

export function countOf(over: Partial<DayCount> = {}): DayCount {
  return {
    day: '2026-11-20',
    revision: 0,
    at: '2026-11-23T02:00:00Z',
    sealed: false,
    elements: 10,
    new: 10,
    changed: 0,
    deleted: 0,
    ...over,
  };
}

export function pollOf(over: Partial<RecordPoll> = {}): RecordPoll {
  return {
    type: 'RecordPoll',
    censusAt: '2026-11-23T02:00:00Z',
    oldestDay: '2026-11-20',
    newestDay: '2026-11-20',
    unreadable: { count: 0, reasons: [] },
    counts: [countOf()],
    known: new Map(),
    ...over,
  };
}

export function resultOf(over: Partial<PollResult> = {}): PollResult {
  return {
    sourceId,
    censusAt: '2026-11-23T02:00:00Z',
    oldestDay: '2026-11-20',
    newestDay: '2026-11-20',
    unreadable: { count: 0, reasons: [] },
    counts: [countOf()],
    pending: 10,
    held: 0,
    ...over,
  };
}

export const commands: { readonly [Type in SourceCommand['type']]: Extract<SourceCommand, { type: Type }> } =
  {
    RegisterSource: { type: 'RegisterSource', sourceId, settings, copied: false },
    ChangeSource: { type: 'ChangeSource', settings: unlike, copied: false },
    RemoveSource: { type: 'RemoveSource', elements: 'keep' },
    RecordPoll: pollOf(),
    RecordUnreachable: { type: 'RecordUnreachable', code: 'SOURCE_UNREACHABLE', detail: 'no route' },
  };

export const events: { readonly [Type in SourceEvent['type']]: Extract<SourceEvent, { type: Type }> } = {
  SourceRegistered: { type: 'SourceRegistered', data: { sourceId, settings, revision: 1 } },
  SourceChanged: { type: 'SourceChanged', data: { sourceId, settings: unlike, revision: 2 } },
  SourceRemoved: { type: 'SourceRemoved', data: { sourceId, elements: 'keep' } },
  PendingElementsDetected: { type: 'PendingElementsDetected', data: resultOf() },
  SourceAligned: { type: 'SourceAligned', data: resultOf({ counts: [], pending: 0 }) },
  LateElementsHeld: {
    type: 'LateElementsHeld',
    data: resultOf({ counts: [countOf({ sealed: true })], pending: 0, held: 10 }),
  },
  SourceUnreachable: {
    type: 'SourceUnreachable',
    data: { sourceId, code: 'SOURCE_UNREACHABLE', detail: 'no route' },
  },
  SourceRecovered: { type: 'SourceRecovered', data: { sourceId } },
};
