/** What a run says of the days that it did not commit, in no more bytes than an event may have. */
import { saysTheSame, sizeOf, type DayCount, type DayCounts } from '@daymark/domain/counts';
import type { PlannedDay } from '@daymark/domain/run-plan';
import type { DayOutcome, DayReport, RunCounts, RunProblem } from '@daymark/domain/sync-run';
import type { DaySummary } from '@daymark/elements';

export interface GivenUp {
  readonly tries: number;
  readonly final: boolean;
  readonly problem: RunProblem;
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

export interface Looked {
  readonly plan: readonly PlannedDay[];
  readonly givenUp: ReadonlyMap<string, GivenUp>;
  readonly previews: ReadonlyMap<string, RunCounts>;
  readonly counts: readonly DayCount[];
}

/** An end event holds reports and counts, and stays below the log's limit with both. */
const BYTES_TOLD = 400 * 1024;

/** What a reader would act on first is told first, if not all of it can be. */
const urgency: Record<DayOutcome, number> = {
  failed: 0,
  'would-change': 1,
  held: 2,
  synchronized: 3,
  empty: 4,
  unchanged: 4,
};

/** Every planned day that was not committed: given up, only previewed, or left alone. In order of days. */
export function reportsOf(looked: Looked): DayReport[] {
  const left = new Map(looked.counts.map((count) => [count.day, count]));
  const reports = looked.plan.flatMap((planned) => reportOf(planned, looked, left.get(planned.day)) ?? []);
  return inOrder(reports);
}

/** The days that were given up for good. */
export function failedDays(givenUp: ReadonlyMap<string, GivenUp>): DayReport[] {
  const reports = [...givenUp].flatMap(([day, known]) => (known.final ? [failed(day, known)] : []));
  return inOrder(reports);
}

function inOrder(reports: readonly DayReport[]): DayReport[] {
  const urgent = [...reports].sort((a, b) => urgency[a.outcome] - urgency[b.outcome]);
  return fitting(urgent).sort((a, b) => (a.day < b.day ? -1 : 1));
}

function failed(day: string, { problem }: GivenUp): DayReport {
  return { day, outcome: 'failed', counts: noCounts, problem };
}

function reportOf(planned: PlannedDay, looked: Looked, left: DayCount | undefined): DayReport | undefined {
  const { day } = planned;
  const known = looked.givenUp.get(day);
  if (known?.final === true) return failed(day, known);
  const previewed = looked.previews.get(day);
  if (previewed !== undefined) {
    const changes = previewed.inserted + previewed.changed + previewed.deleted;
    return { day, outcome: changes > 0 ? 'would-change' : 'unchanged', counts: previewed };
  }
  if (planned.action !== 'leave') return undefined;
  return { day, outcome: leftOutcome(planned, left), counts: noCounts };
}

function leftOutcome(planned: PlannedDay, left: DayCount | undefined): DayOutcome {
  if (planned.summary?.sealed === true && left !== undefined && sizeOf(left) > 0) return 'held';
  return planned.summary === undefined && planned.census.count === 0 ? 'empty' : 'unchanged';
}

/**
 * The days that still differ, and those of which the status may show something older. What does not fit, the poll that
 * follows says.
 */
export function leftOver(
  counts: readonly DayCount[],
  looked: { run: string; summaries: ReadonlyMap<string, DaySummary>; known: DayCounts },
): DayCount[] {
  const differing = counts.filter((count) => sizeOf(count) > 0);
  const settled = counts.filter((count) => sizeOf(count) === 0 && isWorthTelling(count));
  return fitting([...differing, ...settled]);

  function isWorthTelling(count: DayCount): boolean {
    const summary = looked.summaries.get(count.day);
    if (summary !== undefined && !count.sealed) return true;
    // Of a day that the run committed its own event says so.
    const known = looked.known.get(count.day);
    return summary?.run !== looked.run && known !== undefined && !saysTheSame(count, known);
  }
}

function fitting<Item>(items: readonly Item[]): Item[] {
  let bytes = 0;
  const end = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    return bytes > BYTES_TOLD;
  });
  return items.slice(0, end === -1 ? items.length : end);
}
