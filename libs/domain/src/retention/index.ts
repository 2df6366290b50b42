import { addDays, dayAt, type Day, type Instant } from '../calendar-days';

/** What decides which days the source's cleaner may already have taken, at one snapshot's instant. */
export interface RetentionFacts {
  readonly at: Instant;
  readonly sourceZone: string;
  readonly cleanerZone: string;
  /** Days kept besides today; null when nobody knows. */
  readonly retentionDays: number | null;
  /** The oldest day of this snapshot's census; null when the census is empty. */
  readonly oldestDay: Day | null;
  /** True when an earlier census had an older day, or the oldest day now holds less than its summary says. */
  readonly oldestDayShrinks: boolean;
}

export interface Outside {
  /** Days before this one are outside. Null: none is. */
  readonly before: Day | null;
  /** The same for deletions: where retention is unknown, the oldest day may be half purged. */
  readonly deletionsBefore: Day | null;
}

/**
 * Retention of n days keeps today and the n days before: day D is outside as soon as D < T − n, with T the later of
 * the dates in the source's and the cleaner's zone. Unknown retention: outside is what lies before the oldest day of a
 * non-empty census. An empty census makes nothing outside. Inside has no upper end.
 */
export function outsideOf(facts: RetentionFacts): Outside {
  if (facts.retentionDays !== null) {
    const inSource = dayAt(facts.at, facts.sourceZone);
    const atCleaner = dayAt(facts.at, facts.cleanerZone);
    const before = addDays(inSource > atCleaner ? inSource : atCleaner, -facts.retentionDays);
    return { before, deletionsBefore: before };
  }
  if (facts.oldestDay === null) return { before: null, deletionsBefore: null };
  const deletionsBefore = facts.oldestDayShrinks ? addDays(facts.oldestDay, 1) : facts.oldestDay;
  return { before: facts.oldestDay, deletionsBefore };
}

export function isBefore(day: Day, boundary: Day | null): boolean {
  return boundary !== null && day < boundary;
}

/**
 * How many deletions of one day a run may apply: at most max(50, 10 %) of what the copy holds of it, and never all of
 * it.
 */
export function deletionsAllowed(day: { ours: number; deleted: number; sourceCount: number }): boolean {
  if (day.deleted === 0) return true;
  if (day.sourceCount === 0) return false;
  return day.deleted <= Math.max(50, Math.floor(day.ours / 10));
}
