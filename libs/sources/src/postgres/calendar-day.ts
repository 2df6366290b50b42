import { SourceFault } from '../port';

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

const lastDayOf = (year: number, month: number): number =>
  month === 2 && isLeap(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);

/**
 * Refuses what is no day of the calendar: every day that reaches a query's text passes here.
 *
 * @throws SourceFault SOURCE_FAILED
 */
export const checkDay = (day: string): string => {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  const known =
    Number(date) >= 1 && Number(year) >= 1 && Number(date) <= lastDayOf(Number(year), Number(month));
  if (!known) {
    throw new SourceFault(
      'SOURCE_FAILED',
      `${JSON.stringify(day)} is not a day from 0001-01-01 to 9999-12-31.`,
    );
  }
  return day;
};

/** The day after, null after 9999-12-31. */
export const dayAfter = (day: string): string | null => {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const pad = (n: number, width: number): string => String(n).padStart(width, '0');
  if (date < lastDayOf(year, month)) {
    return `${pad(year, 4)}-${pad(month, 2)}-${pad(date + 1, 2)}`;
  }
  if (month < 12) {
    return `${pad(year, 4)}-${pad(month + 1, 2)}-01`;
  }
  return year < 9999 ? `${pad(year + 1, 4)}-01-01` : null;
};

export interface DayRange {
  readonly first: string;
  readonly last: string;
}

/** The days as ranges of consecutive ones, ascending. */
export const rangesOf = (days: readonly string[]): readonly DayRange[] => {
  const ranges: { first: string; last: string }[] = [];
  for (const day of [...new Set(days)].sort()) {
    const open = ranges.at(-1);
    if (open !== undefined && dayAfter(open.last) === day) {
      open.last = day;
    } else {
      ranges.push({ first: day, last: day });
    }
  }
  return ranges;
};
