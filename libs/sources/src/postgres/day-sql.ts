import { rangesOf } from './calendar-day';
import type { DayRange } from './calendar-day';
import { quoteLiteral, textArrayLiteral } from './quoting';

/**
 * How an element's day is read from its column. The promise is one rule, "the date in the source's zone", for the
 * census, for the queries of one day and across clock changes; what follows about ranges is only there so that an index
 * on the column serves.
 */
export interface DayColumn {
  readonly kind: 'date' | 'timestamptz' | 'timestamp';
  /** The column, quoted and qualified. */
  readonly column: string;
  /** The source's zone. */
  readonly timeZone: string;
  /** The zone in which a `timestamp` is written. */
  readonly writtenIn: string;
}

/** More ranges than this are asked as their hull: a condition of hundreds of terms costs more than it saves. */
const MOST_RANGES = 32;

/**
 * Within these a value has a date in every zone, and turning it cannot overflow: two days more than the years 1 to 9999
 * on either side. Every literal is immutable, so the planner sees constants.
 */
const guarded = ({ kind, column }: DayColumn): string => {
  const zone = kind === 'timestamptz' ? '+00' : '';
  return `${column} >= ${kind} '0001-12-30 00:00:00${zone} BC' AND ${column} < ${kind} '10000-01-03 00:00:00${zone}'`;
};

const dateInZone = (day: DayColumn): string => {
  const zone = quoteLiteral(day.timeZone);
  const instant =
    day.kind === 'timestamp' ? `(${day.column} AT TIME ZONE ${quoteLiteral(day.writtenIn)})` : day.column;
  return `(${instant} AT TIME ZONE ${zone})::date`;
};

/** The day as a `date`; NULL for what lies days outside the years 1 to 9999, for infinity and for NULL. */
export const dayDateSql = (day: DayColumn): string =>
  day.kind === 'date' ? day.column : `(CASE WHEN ${guarded(day)} THEN ${dateInZone(day)} END)`;

/**
 * The day as a `date` to group by, which keeps apart why an element stands on none: NULL, ±infinity, and one date before
 * and after all days. {@link unreadableReason} tells them.
 */
export const dayGroupSql = (day: DayColumn): string => {
  const inYears = (date: string): string => `${date} >= date '0001-01-01' AND ${date} <= date '9999-12-31'`;
  const infinite = `${day.column} = 'infinity' THEN date 'infinity' WHEN ${day.column} = '-infinity' THEN date '-infinity'`;
  const early = `${day.column} < '2000-01-01' THEN date '0001-12-31 BC' WHEN ${day.column} IS NOT NULL THEN date '10000-01-01'`;
  if (day.kind === 'date') {
    return `CASE WHEN ${inYears(day.column)} THEN ${day.column} WHEN ${infinite} WHEN ${early} END`;
  }
  return `CASE WHEN ${guarded(day)} THEN ${dateInZone(day)} WHEN ${infinite} WHEN ${early} END`;
};

/** Why no element can stand on this group's day; null for a day that can be read. */
export const unreadableReason = (group: string | null): string | null => {
  if (group === null) {
    return 'NULL';
  }
  if (group.endsWith('infinity')) {
    return group;
  }
  if (group.endsWith(' BC')) {
    return 'before 0001-01-01';
  }
  return group.length > 10 ? 'after 9999-12-31' : null;
};

/** Hours around a day's two midnights at which the zone's offset is looked up: an offset lies within ±16 h. */
const SAMPLE_HOURS = [-18, -12, -6, 0, 6, 12, 18, 24, 30, 36, 42];

const offsetAt = (day: string, hours: number, zone: string): string => {
  const local = `(timestamp '${day}' + interval '${hours} hours')`;
  return `(${local} AT TIME ZONE 'UTC' AT TIME ZONE ${quoteLiteral(zone)} - ${local})`;
};

const offsets = (which: 'greatest' | 'least', day: string, zone: string): string =>
  `${which}(${SAMPLE_HOURS.map((hours) => offsetAt(day, hours, zone)).join(', ')})`;

/**
 * Bounds that hold every instant of the days, and little more. An instant's date is its UTC reading plus the offset in
 * force, so no instant of day D lies before `D 00:00 − greatest offset` nor after `(D + 1) 00:00 − least offset`, with
 * the offsets in force around D. Midnights that do not exist or exist twice need no case of their own, and where no clock
 * changes the bounds are exact. The planner folds all of it to two constants. The date itself is compared besides.
 */
const instantRange = (day: DayColumn, { first, last }: DayRange): string => {
  const zone = day.timeZone;
  const from = `timestamp '${first}' - ${offsets('greatest', first, zone)}`;
  const to = `timestamp '${last}' + interval '1 day' - ${offsets('least', last, zone)}`;
  if (day.kind === 'timestamp') {
    const lower = `${from} + ${offsets('least', first, day.writtenIn)}`;
    const upper = `${to} + ${offsets('greatest', last, day.writtenIn)}`;
    return `(${day.column} >= (${lower}) AND ${day.column} < (${upper}))`;
  }
  return `(${day.column} >= (${from}) AT TIME ZONE 'UTC' AND ${day.column} < (${to}) AT TIME ZONE 'UTC')`;
};

/** The condition that holds for exactly the elements of these days (at least one, checked). */
export const onDaysSql = (day: DayColumn, days: readonly string[]): string => {
  const only = days.length === 1 ? `= date '${days.join('')}'` : `= ANY(${textArrayLiteral(days)}::date[])`;
  if (day.kind === 'date') {
    return `${day.column} ${only}`;
  }
  const ranges = rangesOf(days);
  const asked = ranges.length <= MOST_RANGES ? ranges : hullOf(ranges);
  const bounds = asked.map((range) => instantRange(day, range)).join(' OR ');
  return `(${bounds}) AND ${dayDateSql(day)} ${only}`;
};

const hullOf = (ranges: readonly DayRange[]): readonly DayRange[] => {
  const [first, last] = [ranges[0], ranges.at(-1)];
  return first === undefined || last === undefined ? [] : [{ first: first.first, last: last.last }];
};

/**
 * The oldest day held, as SQL for one text. The least instant is found by an index; where clocks were put back over
 * midnight an instant slightly later may have the earlier date, so the days that follow it are looked through.
 */
export const oldestDaySql = (day: DayColumn, from: string): string => {
  const date = dayDateSql(day);
  if (day.kind === 'date') {
    const readable = `${date} >= date '0001-01-01' AND ${date} <= date '9999-12-31'`;
    return `SELECT min(${date})::text AS day FROM ${from} WHERE ${readable}`;
  }
  const all: DayRange = { first: '0001-01-01', last: '9999-12-31' };
  const inYears = `${instantRange(day, all)} AND ${date} >= date '0001-01-01' AND ${date} <= date '9999-12-31'`;
  const least = `(SELECT min(${day.column}) FROM ${from} WHERE ${instantRange(day, all)})`;
  const near = `${day.column} >= ${least} AND ${day.column} <= ${least} + interval '48 hours'`;
  return `SELECT coalesce((SELECT min(${date}) FROM ${from} WHERE ${near} AND ${inYears}),
    (SELECT min(${date}) FROM ${from} WHERE ${inYears}))::text AS day`;
};
