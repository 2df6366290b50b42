import { sizeOf, type DayCounts, type Difference } from '@daymark/domain/counts';
import type { Day } from '@daymark/domain/calendar-days';

/** What differs on the days of one seal state, added up. */
export interface DifferingDays extends Difference {
  /** The oldest day on which anything differs. */
  readonly oldest: Day | null;
}

export interface SourceFigures {
  readonly pending: DifferingDays;
  readonly held: DifferingDays;
}

const nothing: DifferingDays = { new: 0, changed: 0, deleted: 0, oldest: null };

/** One pass over the days, in any order. */
export function figuresOf(counts: DayCounts): SourceFigures {
  let [pending, held] = [nothing, nothing];
  for (const count of counts.values()) {
    if (sizeOf(count) === 0) continue;
    if (count.sealed) held = plus(held, count);
    else pending = plus(pending, count);
  }
  return { pending, held };
}

function plus(sum: DifferingDays, count: Difference & { readonly day: Day }): DifferingDays {
  return {
    new: sum.new + count.new,
    changed: sum.changed + count.changed,
    deleted: sum.deleted + count.deleted,
    oldest: sum.oldest === null || count.day < sum.oldest ? count.day : sum.oldest,
  };
}
