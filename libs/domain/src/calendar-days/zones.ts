import { Temporal } from 'temporal-polyfill';
import type { Day } from './days';

/** RFC 3339 in UTC, with any number of fractional digits. Not comparable as a string: use `compareInstants`. */
export type Instant = string;

/** True for an IANA time zone that this runtime knows. Offsets such as `+02:00` are none: they know no clock changes. */
export function isTimeZone(zone: string): boolean {
  if (!/^[A-Za-z]/.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The calendar date that a clock in the zone shows at the instant. */
export function dayAt(instant: Instant, zone: string): Day {
  return Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
}

/**
 * The first instant that is no longer on the day: the start of the next one. Never + 24 h: where midnight does not
 * exist the next day starts at the first instant after the gap, and a date that the zone skipped ends where it starts.
 */
export function endOfDay(day: Day, zone: string): Instant {
  const next = Temporal.PlainDate.from(day).add({ days: 1 });
  return next.toZonedDateTime(zone).toInstant().toString();
}

/** -1, 0 or 1, to the nanosecond. */
export function compareInstants(a: Instant, b: Instant): number {
  return a === b ? 0 : Temporal.Instant.compare(Temporal.Instant.from(a), Temporal.Instant.from(b));
}

export function addMinutes(instant: Instant, minutes: number): Instant {
  return Temporal.Instant.from(instant).add({ minutes }).toString();
}

export function addMilliseconds(instant: Instant, milliseconds: number): Instant {
  return Temporal.Instant.from(instant)
    .add({ milliseconds: Math.round(milliseconds) })
    .toString();
}

/** As everything that people see writes instants: three digits of a second, the rest cut off. */
export function inMilliseconds(instant: Instant): Instant {
  return Temporal.Instant.from(instant).toString({ fractionalSecondDigits: 3 });
}

/** From the first instant to the second, in milliseconds, negative when it is earlier. */
export function millisecondsBetween(from: Instant, to: Instant): number {
  return Temporal.Instant.from(to).epochMilliseconds - Temporal.Instant.from(from).epochMilliseconds;
}

/**
 * A day is closed when its end + settle delay lies before the snapshot's instant, by the source's own clock. Decided
 * once per snapshot.
 */
export function isClosed(
  day: Day,
  clock: { zone: string; settleDelayMinutes: number; at: Instant },
): boolean {
  return compareInstants(addMinutes(endOfDay(day, clock.zone), clock.settleDelayMinutes), clock.at) < 0;
}
