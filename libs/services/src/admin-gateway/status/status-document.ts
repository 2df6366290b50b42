import { inMilliseconds } from '@daymark/domain/calendar-days';
import type { Unreadable } from '@daymark/domain/source';
import type { Period } from '@daymark/domain/sync-run';
import type { DifferenceTotal } from '@daymark/views';
import { problemDocument, type ProblemDocument } from '../http/problem-document';
import { runSummary, type RunSummary } from '../runs/run-document';
import type { Situation } from './source-situation';

export type StatusState = 'aligned' | 'pending' | 'running' | 'unknown';

export interface StatusDocument {
  readonly sourceId: string;
  readonly state: StatusState;
  /** Null when unknown: never 0. */
  readonly pending: DifferenceTotal | null;
  readonly held: DifferenceTotal | null;
  /** Elements that stand on no day, as of the last poll that told: how many, and why. */
  readonly unreadable: Unreadable;
  readonly quarantined: 0;
  readonly withheld: 0;
  readonly atRisk: readonly string[];
  readonly checkedAt: string | null;
  readonly checking: boolean;
  readonly nextPollAt: string | null;
  readonly lastSynchronizedAt: string | null;
  readonly coveredPeriod: Period | null;
  readonly runningRun: RunSummary | null;
  readonly nextOccurrence: null;
  readonly nextCleanerWindow: null;
  readonly problem: ProblemDocument | null;
  readonly position: string | null;
}

export interface StatusFacts {
  readonly situation: Situation;
  readonly pending: DifferenceTotal;
  readonly held: DifferenceTotal;
  readonly position: string | null;
}

/** The longest list of days; the most recent ones stay. */
const mostDays = 400;

export function statusDocument(facts: StatusFacts): StatusDocument {
  const { situation, position } = facts;
  const { source, lastPoll, problem, runningRun } = situation;
  const instance = `/api/v1/sources/${source.id}/status`;
  return {
    sourceId: source.id,
    state: stateOf(facts),
    pending: situation.counted ? recent(facts.pending) : null,
    held: situation.counted ? recent(facts.held) : null,
    unreadable: source.polling.unreadable,
    quarantined: 0,
    withheld: 0,
    atRisk: [],
    checkedAt: shown(situation.checkedAt),
    checking: lastPoll?.checking ?? false,
    nextPollAt: shown(lastPoll?.nextPollAt ?? null),
    lastSynchronizedAt: source.lastSynchronizedAt,
    coveredPeriod: source.covered,
    runningRun: runningRun === null ? null : runSummary(runningRun, situation.live),
    nextOccurrence: null,
    nextCleanerWindow: null,
    problem: problem === null ? null : problemDocument({ ...problem, instance }),
    position,
  };
}

function shown(instant: string | null): string | null {
  return instant === null ? null : inMilliseconds(instant);
}

function stateOf({ situation, pending }: StatusFacts): StatusState {
  if (situation.runningRun !== null) return 'running';
  if (!situation.counted) return 'unknown';
  return pending.total > 0 ? 'pending' : 'aligned';
}

function recent(total: DifferenceTotal): DifferenceTotal {
  return { ...total, days: total.days.slice(-mostDays) };
}
