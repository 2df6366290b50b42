import { eachDay } from '@daymark/domain/calendar-days';
import type { DayState } from '@daymark/domain/day-state';
import type { Period } from '@daymark/domain/sync-run';
import type { DayRow } from '@daymark/views';
import { dayDocument, type DayClock, type DayDocument } from './day-document';

export interface CalendarDocument {
  readonly sourceId: string;
  readonly timeZone: string;
  readonly from: string;
  readonly to: string;
  readonly today: string;
  /** Every day of the range. */
  readonly days: readonly DayDocument[];
  readonly summary: { readonly synchronized: number; readonly days: number };
  readonly position: string | null;
}

const complete: ReadonlySet<DayState> = new Set<DayState>(['synchronized', 'empty', 'held', 'archived']);

export function calendarDocument(
  range: Period,
  rows: readonly DayRow[],
  clock: DayClock,
  position: string | null,
): CalendarDocument {
  const { source } = clock.situation;
  const known = new Map(rows.map((row) => [row.day, row]));
  const days = eachDay(range.from, range.to).map((day) => dayDocument(day, known.get(day), clock));
  return {
    sourceId: source.id,
    timeZone: source.settings.timeZone,
    from: range.from,
    to: range.to,
    today: clock.today,
    days,
    summary: {
      synchronized: days.filter((day) => complete.has(day.state)).length,
      days: days.filter((day) => day.day <= clock.today && day.state !== 'unknown').length,
    },
    position,
  };
}
