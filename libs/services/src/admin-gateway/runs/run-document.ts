import type { LiveRun } from '@daymark/contracts';
import type { Period, RunCounts, RunType, Trigger, DayReport } from '@daymark/domain/sync-run';
import type { RunHeader, RunRow, RunStatus } from '@daymark/views';
import { problemDocument, type ProblemDocument } from '../http/problem-document';

export interface RunProgress {
  readonly daysDone: number;
  /** Null until a snapshot says. */
  readonly daysTotal: number | null;
  readonly elementsRead: number;
}

export interface RunSummary {
  readonly id: string;
  readonly sourceId: string;
  readonly type: RunType;
  readonly resync: boolean;
  readonly dryRun: boolean;
  readonly approves: null;
  readonly status: RunStatus;
  readonly trigger: Trigger;
  readonly period: Period | null;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly attempts: number;
  readonly progress: RunProgress;
  readonly counts: RunCounts;
  readonly problem: ProblemDocument | null;
}

export type RunDay = Omit<DayReport, 'problem'> & { readonly problem: ProblemDocument | null };

export interface RunDocument extends RunSummary {
  readonly days: readonly RunDay[];
}

/** A run that may still move: worth asking how far it has got. */
export function isUnderWay(row: RunHeader): boolean {
  return row.status === 'running' || row.status === 'cancelling';
}

/** As lists show it: without its days. */
export function runSummary(row: RunHeader, live: LiveRun | undefined): RunSummary {
  const { request } = row;
  const current = isUnderWay(row) ? live : undefined;
  return {
    id: row.id,
    sourceId: request.sourceId,
    type: request.type,
    resync: request.resync,
    dryRun: request.dryRun,
    approves: null,
    status: row.status,
    trigger: request.trigger,
    period: row.period ?? current?.period ?? null,
    requestedAt: request.requestedAt,
    startedAt: row.startedAt,
    finishedAt: row.finishedAt,
    attempts: row.attempts,
    progress: progressOf(row, current),
    counts: row.counts,
    problem: problemIn(row.id, row.problem ?? current?.problem ?? null),
  };
}

export function runDocument(row: RunRow, live: LiveRun | undefined): RunDocument {
  const days = row.days.map((day) => ({ ...day, problem: problemIn(row.id, day.problem ?? null) }));
  return { ...runSummary(row, live), days };
}

/** Of a finished run: what it did. The live row may be ahead of the log or gone. */
function progressOf(row: RunHeader, live: LiveRun | undefined): RunProgress {
  const done = row.daysDone;
  const { read } = row.counts;
  if (live === undefined) {
    return { daysDone: done, daysTotal: row.finishedAt === null ? null : done, elementsRead: read };
  }
  // A holder that took over knows what was done before only once its snapshot is open.
  return {
    daysDone: Math.max(done, live.daysDone),
    daysTotal: live.daysTotal,
    elementsRead: Math.max(read, live.elementsRead),
  };
}

function problemIn(
  runId: string,
  problem: { readonly code: string; readonly detail: string } | null,
): ProblemDocument | null {
  return problem === null ? null : problemDocument({ ...problem, instance: `/api/v1/runs/${runId}` });
}
