import type { DaymarkEvent } from '@daymark/contracts';
import { supersedes, type DayCount } from '@daymark/domain/counts';
import type { DaySynchronized, RunEnd, RunProblem } from '@daymark/domain/sync-run';
import type { CopiedDay, DayRow } from '../port';
import type { FoldContext } from './fold-context';

/** What one event says of one day: at most one per event and day. */
export interface DayFact {
  readonly sourceId: string;
  readonly day: string;
  readonly count: DayCount | null;
  readonly copied: CopiedDay | null;
  readonly failed: RunProblem | null;
}

/** What an event says of days, one fact per day. */
export function dayFactsOf(event: DaymarkEvent, context: FoldContext): readonly DayFact[] {
  switch (event.type) {
    case 'PendingElementsDetected':
    case 'SourceAligned':
    case 'LateElementsHeld':
      return merged(event.data.sourceId, event.data.counts, new Map());
    case 'DaySynchronized':
      return [synchronized(event.data, context)];
    case 'SyncCompleted':
      return endFacts(event.data, context, undefined);
    case 'SyncFailed':
      return endFacts(event.data, context, event.data.problem);
    default:
      return [];
  }
}

/**
 * Of two counts the higher (revision, instant) holds, of two copies the higher revision, whatever their order in the
 * log. Only `failed` follows the log: the last run to take the day says.
 */
export function foldDay(row: DayRow | null, fact: DayFact): DayRow {
  const known = row ?? { sourceId: fact.sourceId, day: fact.day, count: null, copied: null, failed: null };
  return {
    sourceId: known.sourceId,
    day: known.day,
    count: higher(known.count, fact.count),
    copied: latestCopy(known.copied, fact.copied),
    failed: fact.copied === null ? (fact.failed ?? known.failed) : null,
  };
}

/** A committed day says at once what its snapshot left: nothing. */
function synchronized(data: DaySynchronized['data'], context: FoldContext): DayFact {
  const { sourceId, day, revision, sealed } = data;
  return {
    sourceId,
    day,
    count: {
      day,
      revision,
      at: data.snapshotAt,
      sealed,
      elements: data.source.elements,
      new: 0,
      changed: 0,
      deleted: 0,
    },
    copied: {
      revision,
      sealed,
      elements: data.elements,
      digest: data.digest,
      kept: data.kept,
      synchronizedAt: context.occurredAt,
      run: data.runId,
    },
    failed: null,
  };
}

/** A dry run takes no day, and so cannot fail at one; what it counted is as true as any count. */
function endFacts(end: RunEnd, context: FoldContext, problem: RunProblem | undefined): readonly DayFact[] {
  const failures = new Map<string, RunProblem>();
  for (const report of context.dryRun ? [] : end.days) {
    if (report.outcome !== 'failed') continue;
    failures.set(report.day, report.problem ?? problem ?? unexplained);
  }
  return merged(end.sourceId, end.counts, failures);
}

const unexplained: RunProblem = { code: 'DAY_FAILED', detail: 'The run could not take the day.' };

function merged(
  sourceId: string,
  counts: readonly DayCount[],
  failures: ReadonlyMap<string, RunProblem>,
): readonly DayFact[] {
  const facts = new Map<string, DayFact>();
  for (const [day, failed] of failures) facts.set(day, { sourceId, day, count: null, copied: null, failed });
  for (const count of counts) {
    const known = facts.get(count.day);
    facts.set(count.day, {
      sourceId,
      day: count.day,
      count: higher(known?.count ?? null, count),
      copied: null,
      failed: known?.failed ?? null,
    });
  }
  return [...facts.values()];
}

function higher(known: DayCount | null, next: DayCount | null): DayCount | null {
  return next !== null && supersedes(next, known ?? undefined) ? next : known;
}

function latestCopy(known: CopiedDay | null, next: CopiedDay | null): CopiedDay | null {
  if (known === null || next === null) return next ?? known;
  return next.revision > known.revision ? next : known;
}
