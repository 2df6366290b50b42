import { compareInstants, type Day, type Instant } from '../calendar-days';

/** How source and target differ on a day, by kind. */
export interface Difference {
  readonly new: number;
  readonly changed: number;
  readonly deleted: number;
}

/**
 * What was counted on one day, and what that count belongs to: the revision of the day's summary (0: never copied)
 * and the instant of the census or snapshot. Of two counts of a day the higher pair holds, whatever the order in the
 * log.
 */
export interface DayCount extends Difference {
  readonly day: Day;
  readonly revision: number;
  readonly at: Instant;
  readonly sealed: boolean;
  /** How many elements the source holds on the day. */
  readonly elements: number;
}

export type DayCounts = ReadonlyMap<Day, DayCount>;

/** True when `next` replaces `known`: a higher (revision, instant). */
export function supersedes(next: DayCount, known: DayCount | undefined): boolean {
  if (known === undefined) return true;
  if (next.revision !== known.revision) return next.revision > known.revision;
  return compareInstants(next.at, known.at) > 0;
}

/** Keeps per day the highest pair. */
export function foldCounts(known: DayCounts, next: Iterable<DayCount>): DayCounts {
  const folded = new Map(known);
  for (const count of next) if (supersedes(count, folded.get(count.day))) folded.set(count.day, count);
  return folded;
}

export function sizeOf(difference: Difference): number {
  return difference.new + difference.changed + difference.deleted;
}

/** True when two counts say the same of a day: what a poll would append nothing for. */
export function saysTheSame(a: DayCount, b: DayCount | undefined): boolean {
  if (b === undefined) return false;
  const numbers = a.new === b.new && a.changed === b.changed && a.deleted === b.deleted;
  return numbers && a.revision === b.revision && a.elements === b.elements && a.sealed === b.sealed;
}

export interface Total extends Difference {
  readonly total: number;
  readonly days: readonly (Difference & { readonly day: Day })[];
}

/** Adds up the days that differ: `sealed: false` gives what is pending, `sealed: true` what is held. */
export function totalOf(counts: DayCounts, options: { sealed: boolean }): Total {
  const days = [...counts.values()]
    .filter((count) => count.sealed === options.sealed && sizeOf(count) > 0)
    .sort((a, b) => (a.day < b.day ? -1 : 1));
  const sum = (pick: (d: Difference) => number) => days.reduce((all, day) => all + pick(day), 0);
  const total = { new: sum((d) => d.new), changed: sum((d) => d.changed), deleted: sum((d) => d.deleted) };
  return {
    total: sizeOf(total),
    ...total,
    days: days.map(({ day, new: added, changed, deleted }) => ({ day, new: added, changed, deleted })),
  };
}
