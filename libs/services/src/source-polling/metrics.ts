/** What source-polling tells of polls as they end, and of its sources when it is asked. */
import { endOfDay, millisecondsBetween } from '@daymark/domain/calendar-days';
import type { DayCounts } from '@daymark/domain/counts';
import type { RegisteredSource } from '@daymark/domain/source';
import type { Handles, Metrics } from '@daymark/platform/metrics';
import type { PollObserver } from './ports';
import { figuresOf, type DifferingDays, type SourceFigures } from './source-figures';
import type { SourcePolling } from './source-polling';

const EPOCH = '1970-01-01T00:00:00Z';

export function pollMeter(metrics: Metrics): PollObserver {
  return {
    polled: (source, outcome, seconds) => {
      metrics.polls.add({ source, outcome });
      metrics.pollDuration.observe({ outcome }, seconds);
    },
  };
}

/**
 * Looks at every source with each answer: in memory, so that it neither waits for a database nor burdens one. Every
 * replica follows the whole log and says the same.
 */
export function measureSources(metrics: Metrics, polling: SourcePolling): void {
  const figures = remembering(figuresOf);
  metrics.collect({
    name: 'sources',
    gauges: [
      'sourcePendingElements',
      'sourceHeldElements',
      'sourceOldestPendingAge',
      'sourceOldestHeldAge',
      'sourceUnreadableElements',
      'sourceReachable',
      'sourceLastCensus',
    ],
    read: () => {
      const { registry, deps } = polling.context;
      const at = deps.now();
      const known = registry.all().flatMap((source) => {
        if (source.status !== 'registered') return [];
        const { checkedAt = null, problem = null } = polling.poller().last(source.id) ?? {};
        const days = figures(registry.counts(source.id));
        return [{ source, at, checkedAt, problem: problem ?? source.polling.problem, days }];
      });
      return Promise.resolve((handles) => {
        for (const one of known) tell(handles, one);
      });
    },
  });
}

interface KnownSource {
  readonly source: RegisteredSource;
  readonly at: string;
  readonly checkedAt: string | null;
  readonly problem: unknown;
  readonly days: SourceFigures;
}

function tell(handles: Handles, { source, at, checkedAt, problem, days }: KnownSource): void {
  const { name, timeZone } = source.settings;
  const { polled, unreadable } = source.polling;
  if (checkedAt !== null)
    handles.sourceLastCensus.set({ source: name }, millisecondsBetween(EPOCH, checkedAt) / 1_000);
  if (polled || problem !== null) handles.sourceReachable.set({ source: name }, problem === null ? 1 : 0);
  if (!polled || problem !== null) return;
  handles.sourceUnreadableElements.set({ source: name }, unreadable.count);
  for (const kind of ['new', 'changed', 'deleted'] as const) {
    handles.sourcePendingElements.set({ source: name, kind }, days.pending[kind]);
    handles.sourceHeldElements.set({ source: name, kind }, days.held[kind]);
  }
  const age = ({ oldest }: DifferingDays): number =>
    oldest === null ? 0 : Math.max(0, millisecondsBetween(endOfDay(oldest, timeZone), at) / 1_000);
  handles.sourceOldestPendingAge.set({ source: name }, age(days.pending));
  handles.sourceOldestHeldAge.set({ source: name }, age(days.held));
}

/** Counts are replaced, never changed: what was added up once holds for as long as they do. */
function remembering(add: (counts: DayCounts) => SourceFigures): (counts: DayCounts) => SourceFigures {
  const known = new WeakMap<DayCounts, SourceFigures>();
  return (counts) => {
    const figures = known.get(counts) ?? add(counts);
    known.set(counts, figures);
    return figures;
  };
}
