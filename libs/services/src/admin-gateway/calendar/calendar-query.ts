import { IsOptional, IsString } from 'class-validator';
import { daysUntil, firstDayOf, isDay, isMonth, lastDayOf } from '@daymark/domain/calendar-days';
import type { Period } from '@daymark/domain/sync-run';
import { HttpProblem, malformed } from '../http/http-problem';

/** The longest range that one answer shows, in days. */
export const LONGEST_RANGE = 400;

/** Either `month`, or `from` and `to`, both inclusive. */
export class CalendarQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly month?: string;
  @IsOptional() @IsString() readonly from?: string;
  @IsOptional() @IsString() readonly to?: string;
}

export function rangeIn(query: CalendarQuery): Period {
  const { month, from, to } = query;
  if (month === undefined) return checkedRange(dayIn(from, 'from'), dayIn(to, 'to'));
  if (from !== undefined || to !== undefined) {
    const path = from === undefined ? 'to' : 'from';
    throw malformed([{ path, message: 'does not go together with month' }]);
  }
  if (!isMonth(month))
    throw malformed([{ path: 'month', message: 'is not a month YYYY-MM' }], 'MONTH_INVALID');
  return { from: firstDayOf(month), to: lastDayOf(month) };
}

export function dayIn(text: string | undefined, path: string): string {
  if (text !== undefined && isDay(text)) return text;
  const message = text === undefined ? 'is missing: month, or from and to' : 'is not a date YYYY-MM-DD';
  throw malformed([{ path, message }], text === undefined ? 'REQUEST_INVALID' : 'DAY_INVALID');
}

function checkedRange(from: string, to: string): Period {
  if (from > to) {
    const errors = [{ path: 'from', message: 'is later than to' }];
    throw new HttpProblem('RANGE_INVERTED', `The range ends (${to}) before it begins (${from}).`, { errors });
  }
  if (daysUntil(from, to) >= LONGEST_RANGE) {
    const errors = [{ path: 'to', message: `is more than ${LONGEST_RANGE} days away from from` }];
    throw new HttpProblem('RANGE_TOO_LONG', `One answer shows at most ${LONGEST_RANGE} days.`, { errors });
  }
  return { from, to };
}
