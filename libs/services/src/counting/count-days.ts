/**
 * How source and copy differ, day by day, as of one snapshot. Polls and runs count with this one function, so that
 * they never contradict each other.
 */
import type { DayCount, DayCounts, Difference } from '@daymark/domain/counts';
import type { PollingState, SourceSettings } from '@daymark/domain/source';
import { isBefore, outsideOf, type Outside } from '@daymark/domain/retention';
import { differs, type CensusDay } from '@daymark/domain/run-plan';
import type { DaySummary, Elements } from '@daymark/elements';
import type { Census, SnapshotSession } from '@daymark/sources';

export interface Counted {
  readonly sourceId: string;
  readonly session: SnapshotSession;
  readonly census: Census;
  readonly summaries: ReadonlyMap<string, DaySummary>;
  readonly outside: Outside;
  /** What was told of the source's days before: a day that is gone since has to be counted too. */
  readonly known: DayCounts;
}

/** Which days the cleaner may already have taken, at the session's instant. */
export async function outsideAt(
  session: SnapshotSession,
  facts: {
    census: Census;
    summaries: ReadonlyMap<string, DaySummary>;
    settings: SourceSettings;
    polling: PollingState;
  },
): Promise<Outside> {
  const { census, summaries, settings, polling } = facts;
  const [oldestDay] = census.days.keys();
  return outsideOf({
    at: session.at,
    sourceZone: settings.timeZone,
    cleanerZone: settings.cleaner?.timeZone ?? settings.timeZone,
    retentionDays: settings.cleaner?.retentionDays ?? (await session.retention()).days,
    oldestDay: oldestDay ?? null,
    oldestDayShrinks: oldestDay !== undefined && shrinks(oldestDay, census, summaries, polling),
  });
}

function shrinks(
  oldest: string,
  census: Census,
  summaries: ReadonlyMap<string, DaySummary>,
  polling: PollingState,
): boolean {
  if (polling.oldestSeen !== null && polling.oldestSeen < oldest) return true;
  for (const [day, summary] of summaries) if (day < oldest && summary.sourceCount > 0) return true;
  return (census.days.get(oldest)?.count ?? 0) < (summaries.get(oldest)?.sourceCount ?? 0);
}

/**
 * Whether what the source has no more on a day is a deletion. Not on an outside day, nor where rows are kept of which the
 * source has purged some: such a day stays outside, whatever settings do later, until the source holds all of it again.
 */
export function deletionsApply(
  day: string,
  outside: Outside,
  summary: { kept: number } | undefined,
): boolean {
  return !isBefore(day, outside.deletionsBefore) && (summary?.kept ?? 0) === 0;
}

const nothing: CensusDay = { count: 0, digest: '0' };

/**
 * Counts the days given; without any, every day that the census, the copy or an earlier count knows.
 *
 * @throws ElementsFault also for keys that do not tell the elements of a day apart
 */
export async function countDays(
  counted: Counted,
  elements: Elements,
  days?: Iterable<string>,
): Promise<DayCount[]> {
  const counts: DayCount[] = [];
  for (const day of days ?? daysOf(counted)) counts.push(await countDay(counted, elements, day));
  return counts;
}

/** Every day that there is something to say of, in order. */
export function daysOf({ census, summaries, known }: Counted): string[] {
  return [...new Set([...census.days.keys(), ...summaries.keys(), ...known.keys()])].sort();
}

export async function countDay(counted: Counted, elements: Elements, day: string): Promise<DayCount> {
  const census = counted.census.days.get(day) ?? nothing;
  const summary = counted.summaries.get(day);
  const head = {
    day,
    revision: summary?.revision ?? 0,
    at: counted.session.at,
    sealed: summary?.sealed ?? false,
    elements: census.count,
  };
  if (summary === undefined) return { ...head, new: census.count, changed: 0, deleted: 0 };
  if (!differs(census, summary)) return { ...head, new: 0, changed: 0, deleted: 0 };
  const found = await lookInto(counted, elements, { day, ours: summary.elements, theirs: census.count });
  // What was purged is never pending, never held.
  return deletionsApply(day, counted.outside, summary)
    ? { ...head, ...found }
    : { ...head, ...found, deleted: 0 };
}

async function lookInto(
  counted: Counted,
  elements: Elements,
  { day, ours, theirs }: { day: string; ours: number; theirs: number },
): Promise<Difference> {
  if (theirs === 0) return { new: 0, changed: 0, deleted: ours };
  const found = await elements.compare(counted.sourceId, counted.session, day);
  return { new: found.new, changed: found.changed, deleted: found.deleted };
}
