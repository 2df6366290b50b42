import { addDays, type Day } from '../calendar-days';
import { EMPTY_DAYS_BACK } from '../run-plan';

export type DayState =
  | 'running'
  | 'archived'
  | 'failed'
  | 'held'
  | 'pending'
  | 'synchronized'
  | 'empty'
  | 'unsynchronized'
  | 'unknown'
  | 'future';

export interface DayFacts {
  readonly day: Day;
  readonly today: Day;
  /** The oldest day of the first non-empty census; null before there was one. */
  readonly knownFrom: Day | null;
  /** The source's date at the last census; null before there was one. */
  readonly askedThrough: Day | null;
  /** A run is working on the day. */
  readonly running: boolean;
  /** The last run that took the day could not. */
  readonly failed: boolean;
  /** Of the day's summary; null when the day was never copied. */
  readonly summary: { readonly sealed: boolean; readonly elements: number; readonly kept: number } | null;
  /** How many elements differ, held or pending as the seal says. */
  readonly differing: number;
}

/** The calendar's colour of a day: the first that holds. */
export function dayStateOf(facts: DayFacts): DayState {
  if (facts.running) return 'running';
  if (facts.summary !== null && facts.summary.kept > 0) return 'archived';
  if (facts.failed) return 'failed';
  return facts.summary === null ? neverCopied(facts) : copied(facts, facts.summary);
}

function copied(facts: DayFacts, summary: NonNullable<DayFacts['summary']>): DayState {
  if (facts.differing > 0) return summary.sealed ? 'held' : 'pending';
  if (summary.elements > 0) return 'synchronized';
  return 'empty';
}

/** Without elements: `empty` is claimed only where the source was asked and where nobody may have purged. */
function neverCopied(facts: DayFacts): DayState {
  if (facts.differing > 0) return 'unsynchronized';
  if (facts.day > facts.today) return 'future';
  const { knownFrom, askedThrough } = facts;
  if (knownFrom === null || askedThrough === null) return 'unknown';
  const asked = knownFrom <= facts.day && facts.day <= askedThrough;
  return asked && addDays(facts.today, -EMPTY_DAYS_BACK) <= facts.day ? 'empty' : 'unknown';
}
