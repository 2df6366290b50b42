import { Temporal } from 'temporal-polyfill';

/** A calendar date, `YYYY-MM-DD`, 0001-01-01 … 9999-12-31. Compares as a string. */
export type Day = string;

/** A calendar month, `YYYY-MM`. */
export type Month = string;

const dayShape = /^(\d{4})-(\d{2})-(\d{2})$/;
const monthShape = /^(\d{4})-(0[1-9]|1[0-2])$/;

/** True for a date that exists: `2026-02-30` and year 0000 are none. */
export function isDay(text: string): boolean {
  const parts = dayShape.exec(text);
  if (parts === null || parts[1] === '0000') return false;
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

export function isMonth(text: string): boolean {
  return monthShape.test(text) && !text.startsWith('0000');
}

/** The day n days later (earlier when negative), kept inside 0001-01-01 … 9999-12-31. */
export function addDays(day: Day, n: number): Day {
  const moved = Temporal.PlainDate.from(day).add({ days: n });
  if (moved.year < 1) return '0001-01-01';
  if (moved.year > 9999) return '9999-12-31';
  return moved.toString();
}

/** How many days lie between two days: 0 for the same day, negative when `to` is earlier. */
export function daysUntil(from: Day, to: Day): number {
  return Temporal.PlainDate.from(from).until(Temporal.PlainDate.from(to), { largestUnit: 'day' }).days;
}

/** Every day from the first through the last, both included; none when the range is inverted. */
export function eachDay(from: Day, to: Day): Day[] {
  const days: Day[] = [];
  const last = Temporal.PlainDate.from(to);
  let day = Temporal.PlainDate.from(from);
  while (Temporal.PlainDate.compare(day, last) <= 0) {
    days.push(day.toString());
    day = day.add({ days: 1 });
  }
  return days;
}

export function firstDayOf(month: Month): Day {
  return `${month}-01`;
}

export function lastDayOf(month: Month): Day {
  const first = Temporal.PlainDate.from(firstDayOf(month));
  return first.with({ day: first.daysInMonth }).toString();
}
