/**
 * One snapshot's worth of a run: open the snapshot, plan, take the days one by one, count what is left. What was
 * committed before is found in the summaries and not read again.
 */
import type { DayCount, DayCounts } from '@daymark/domain/counts';
import { dayAt } from '@daymark/domain/calendar-days';
import { deletionsAllowed, type Outside } from '@daymark/domain/retention';
import { planRun, type PlannedDay } from '@daymark/domain/run-plan';
import type { RegisteredSource } from '@daymark/domain/source';
import type { DayReport, RunCounts, RunProblem, RunRequest } from '@daymark/domain/sync-run';
import {
  dayShrank,
  RUN_LANES,
  type DaySummary,
  type Elements,
  type Lease,
  type Progress,
  type TargetRun,
} from '@daymark/elements';
import type { Census, SnapshotSession, SourceConnector } from '@daymark/sources';
import { countDay, daysOf, deletionsApply, outsideAt } from '../counting/count-days';
import { leftOver, noCounts, reportsOf, type GivenUp } from './day-reports';
import { isSpent, problemOf, verdictOf } from './faults';
import { inLanes } from './lanes';

export interface RunWork {
  readonly request: RunRequest;
  readonly source: RegisteredSource;
  readonly lease: Lease;
  readonly elements: Elements;
  readonly connector: SourceConnector;
  /** Ends the work: the lease was lost, or the process stops. */
  readonly signal: AbortSignal;
  /** Days given up so far, and how often each was tried. */
  readonly givenUp: Map<string, GivenUp>;
  /** What the log says of the days so far. */
  readonly known: DayCounts;
  /** Days that are worked on right now. */
  readonly inHand: Set<string>;
  /** The source can be read: the snapshot is open, nothing is done yet. */
  readonly opened: () => Promise<void>;
  readonly show: (progress: Partial<Progress>) => void;
  /** The day is committed: its event follows at once. */
  readonly committed: (summary: DaySummary) => Promise<void>;
  /** Asked between days. */
  readonly cancelled: () => Promise<boolean>;
}

export type WorkEnd =
  | { readonly kind: 'finished'; readonly days: readonly DayReport[]; readonly counts: readonly DayCount[] }
  | { readonly kind: 'cancelled' }
  /** The snapshot is spent: the rest needs a fresh one. */
  | { readonly kind: 'again' };

interface Snapshot {
  readonly session: SnapshotSession;
  readonly census: Census;
  readonly summaries: Map<string, DaySummary>;
  readonly outside: Outside;
  readonly plan: readonly PlannedDay[];
}

/** @throws SourceFault, ElementsFault other than those of one day, which end in the report of that day */
export async function workThrough(work: RunWork): Promise<WorkEnd> {
  const session = await openSession(work);
  try {
    const snapshot = await look(work, session);
    await work.opened();
    showPlan(work, snapshot);
    return await (work.request.dryRun ? previewDays(work, snapshot) : withTarget(work, snapshot));
  } finally {
    await session.close();
  }
}

async function withTarget(work: RunWork, snapshot: Snapshot): Promise<WorkEnd> {
  const { description } = snapshot.session;
  const target = await work.elements.openRun(work.lease, { name: work.source.settings.name, description });
  try {
    return await takeDays(work, target, snapshot);
  } finally {
    await target.close();
  }
}

async function openSession(work: RunWork): Promise<SnapshotSession> {
  const stored = await work.elements.stored(work.lease.sourceId);
  const { signal } = work;
  if (stored === null) return work.connector.open({ hashes: await work.elements.hashes(), signal });
  return work.connector.open({ hashes: [stored.hash], columns: stored.columns, signal });
}

async function look(work: RunWork, session: SnapshotSession): Promise<Snapshot> {
  const { settings, polling } = work.source;
  const census = await session.census();
  const summaries = await work.elements.summaries(work.lease.sourceId);
  const [oldestNow] = census.days.keys();
  const plan = planRun({
    run: work.request.runId,
    resync: work.request.resync,
    period: work.request.period,
    at: session.at,
    today: dayAt(session.at, settings.timeZone),
    zone: settings.timeZone,
    settleDelayMinutes: settings.settleDelayMinutes,
    census: census.days,
    summaries,
    // Before the first poll the run's own census is the first one.
    knownFrom: polling.knownFrom ?? oldestNow ?? null,
  });
  const outside = await outsideAt(session, { census, summaries, settings, polling });
  return { session, census, summaries, outside, plan };
}

/**
 * Two days are in hand at once, each on a connection of the target: while one is recomputed and committed, the next is
 * streamed in. The source's session gives one stream at a time.
 */
async function takeDays(work: RunWork, target: TargetRun, snapshot: Snapshot): Promise<WorkEnd> {
  const all = await inLanes(
    daysToTake(work, snapshot),
    RUN_LANES,
    async (planned) =>
      !(await isToStop(work)) &&
      (await inHand(work, planned.day, () => takeDay(work, target, snapshot, planned))),
  );
  if (all) return finish(work, snapshot, new Map());
  return { kind: (await work.cancelled()) ? 'cancelled' : 'again' };
}

/** A dry run: nothing is written, not even a table. */
async function previewDays(work: RunWork, snapshot: Snapshot): Promise<WorkEnd> {
  const previews = new Map<string, RunCounts>();
  for (const planned of daysToTake(work, snapshot)) {
    if (await isToStop(work)) return { kind: 'cancelled' };
    await inHand(work, planned.day, () =>
      unlessOfOneDay(work, planned.day, async () => {
        previews.set(planned.day, await preview(work, snapshot, planned));
      }),
    );
  }
  return finish(work, snapshot, previews);
}

function daysToTake(work: RunWork, { plan }: Snapshot): PlannedDay[] {
  return plan.filter((day) => day.action === 'synchronize' && work.givenUp.get(day.day)?.final !== true);
}

/** Asked between days. */
async function isToStop(work: RunWork): Promise<boolean> {
  work.signal.throwIfAborted();
  return work.cancelled();
}

/** Shows the day while it is worked on. */
async function inHand<Result>(work: RunWork, day: string, take: () => Promise<Result>): Promise<Result> {
  work.inHand.add(day);
  work.show({ days: [...work.inHand] });
  try {
    return await take();
  } finally {
    work.inHand.delete(day);
    work.show({ days: [...work.inHand] });
  }
}

async function finish(
  work: RunWork,
  snapshot: Snapshot,
  previews: ReadonlyMap<string, RunCounts>,
): Promise<WorkEnd> {
  const counts = await countLeft(work, snapshot);
  const { plan, summaries } = snapshot;
  const { givenUp, known } = work;
  return {
    kind: 'finished',
    days: reportsOf({ plan, givenUp, previews, counts }),
    counts: leftOver(counts, { run: work.request.runId, summaries, known }),
  };
}

/** A day that cannot be counted, because its keys do not tell its elements apart, is left to the polls to name. */
async function countLeft(work: RunWork, snapshot: Snapshot): Promise<DayCount[]> {
  const { session, census, summaries, outside } = snapshot;
  const { known, elements } = work;
  const counted = { sourceId: work.lease.sourceId, session, census, summaries, outside, known };
  const counts: DayCount[] = [];
  for (const day of daysOf(counted)) {
    const count = await countDay(counted, elements, day).catch((fault: unknown) => {
      if (verdictOf(fault) !== 'day') throw fault;
      return undefined;
    });
    if (count !== undefined) counts.push(count);
  }
  return counts;
}

/** What a former holder committed counts as done. */
function showPlan(work: RunWork, { plan, summaries }: Snapshot): void {
  const taken = plan.filter((day) => day.action !== 'leave');
  const done = plan.filter((day) => day.action === 'done');
  const [first] = taken;
  const last = taken.at(-1);
  work.show({
    daysTotal: taken.length,
    daysDone: done.length,
    elementsRead: done.reduce((sum, { day }) => sum + (summaries.get(day)?.counts.read ?? 0), 0),
    period: first === undefined || last === undefined ? null : { from: first.day, to: last.day },
    problem: null,
  });
}

/** False when the snapshot is spent: by this day, which was given up, or by the other one in hand. */
async function takeDay(
  work: RunWork,
  target: TargetRun,
  snapshot: Snapshot,
  planned: PlannedDay,
): Promise<boolean> {
  try {
    const end = await unlessOfOneDay(work, planned.day, () => commitDay(work, target, snapshot, planned));
    // A stream that was cut short ended the session; a day that shrank was read to its end.
    return end === undefined || end.code === 'DAY_SHRANK';
  } catch (fault) {
    if (isSpent(fault)) return false;
    throw fault;
  }
}

async function commitDay(
  work: RunWork,
  target: TargetRun,
  snapshot: Snapshot,
  planned: PlannedDay,
): Promise<void> {
  const summary = await target.commit(snapshot.session, {
    day: planned.day,
    census: planned.census,
    seal: planned.closed || planned.summary?.sealed === true,
    applyDeletions: appliesDeletions(snapshot, planned.day),
    deletionsAllowed,
  });
  snapshot.summaries.set(planned.day, summary);
  await work.committed(summary);
}

function appliesDeletions({ outside, summaries }: Snapshot, day: string): boolean {
  return deletionsApply(day, outside, summaries.get(day));
}

/**
 * Gives a day up whose fault is its own: then the problem is the answer. A copy that does not add up is tried once more
 * on a fresh snapshot; what the target refuses, it refuses again.
 */
async function unlessOfOneDay(
  work: RunWork,
  day: string,
  take: () => Promise<void>,
): Promise<RunProblem | undefined> {
  try {
    await take();
    return undefined;
  } catch (fault) {
    if (verdictOf(fault) !== 'day') throw fault;
    const problem = problemOf(fault);
    const tries = (work.givenUp.get(day)?.tries ?? 0) + 1;
    work.givenUp.set(day, { tries, final: problem.code !== 'DAY_DIGEST_MISMATCH' || tries > 1, problem });
    return problem;
  }
}

/** @throws ElementsFault DAY_SHRANK, as the run itself would */
async function preview(
  work: RunWork,
  snapshot: Snapshot,
  { day, ...planned }: PlannedDay,
): Promise<RunCounts> {
  const { count } = planned.census;
  const summary = snapshot.summaries.get(day);
  if (summary === undefined) return { ...noCounts, read: count, inserted: count };
  const found = await work.elements.compare(work.lease.sourceId, snapshot.session, day);
  const deleted = appliesDeletions(snapshot, day) ? found.deleted : 0;
  const shrinking = { ours: summary.elements, deleted, sourceCount: count };
  if (!deletionsAllowed(shrinking)) throw dayShrank(day, shrinking);
  return {
    ...noCounts,
    read: count,
    inserted: found.new,
    changed: found.changed,
    unchanged: count - found.new - found.changed,
    deleted,
  };
}
