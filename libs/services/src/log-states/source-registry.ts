import type { DaymarkEvent } from '@daymark/contracts';
import { foldCounts, type DayCount, type DayCounts } from '@daymark/domain/counts';
import { evolveSource, initialSource, type SourceEvent, type SourceState } from '@daymark/domain/source';

/** Every source, and what was counted of its days, as far as the log was followed. */
export interface SourceRegistry {
  apply(event: DaymarkEvent): void;
  get(sourceId: string): SourceState;
  all(): readonly Exclude<SourceState, { status: 'none' }>[];
  counts(sourceId: string): DayCounts;
}

export function createSourceRegistry(): SourceRegistry {
  const sources = new Map<string, SourceState>();
  const counts = new Map<string, DayCounts>();

  function count(sourceId: string, counted: readonly DayCount[]): void {
    counts.set(sourceId, foldCounts(counts.get(sourceId) ?? new Map(), counted));
  }

  function evolve(event: SourceEvent): void {
    const { sourceId } = event.data;
    const before = sources.get(sourceId) ?? initialSource;
    sources.set(sourceId, evolveSource(before, event));
    if (forgetsDays(before, event)) counts.delete(sourceId);
    if ('counts' in event.data) count(sourceId, event.data.counts);
  }

  return {
    apply: (event) => {
      switch (event.type) {
        case 'DaySynchronized':
          count(event.data.sourceId, [countOf(event.data)]);
          break;
        case 'SyncCompleted':
        case 'SyncFailed':
          count(event.data.sourceId, event.data.counts);
          break;
        default:
          if (isSourceEvent(event)) evolve(event);
      }
    },
    get: (sourceId) => sources.get(sourceId) ?? initialSource,
    all: () => [...sources.values()].filter((source) => source.status !== 'none'),
    counts: (sourceId) => counts.get(sourceId) ?? new Map<string, DayCount>(),
  };
}

/**
 * A removal that deletes ends what was known of the days; so does the revival after one, because a run that was under
 * way may have told of days in between.
 */
function forgetsDays(before: SourceState, event: SourceEvent): boolean {
  if (event.type === 'SourceRemoved') return event.data.elements === 'delete';
  return event.type === 'SourceRegistered' && before.status === 'removed' && before.elements === 'delete';
}

const sourceEvents: Record<SourceEvent['type'], true> = {
  SourceRegistered: true,
  SourceChanged: true,
  SourceRemoved: true,
  PendingElementsDetected: true,
  SourceAligned: true,
  LateElementsHeld: true,
  SourceUnreachable: true,
  SourceRecovered: true,
};

function isSourceEvent(event: DaymarkEvent): event is SourceEvent {
  return Object.hasOwn(sourceEvents, event.type);
}

/** What a committed day says of itself as a count: nothing differs. */
function countOf(day: Extract<DaymarkEvent, { type: 'DaySynchronized' }>['data']): DayCount {
  return {
    day: day.day,
    revision: day.revision,
    at: day.snapshotAt,
    sealed: day.sealed,
    elements: day.source.elements,
    new: 0,
    changed: 0,
    deleted: 0,
  };
}
