/** When a source is polled by the schedule: from what all replicas know of its polls. */
import { addMilliseconds, addMinutes, compareInstants, type Instant } from '@daymark/domain/calendar-days';
import type { SourceSettings } from '@daymark/domain/source';
import type { KnownPolls, PollRow } from './ports';

/** A scheduled poll waits so many times as long as the last census took. */
const CENSUS_SHARE = 10;

/**
 * Whether a poll is to be started now: one that somebody waits for, one that was abandoned, or one that is due. Nobody has
 * looked while no replica ran, so the first after a start waits for the census's share only, not for the interval.
 */
export function isDue(
  polls: KnownPolls,
  settings: SourceSettings,
  { startedAt, now }: { startedAt: Instant; now: Instant },
): boolean {
  if (polls.busy) return false;
  if (polls.wanted > polls.begun) return true;
  if (polls.begun > polls.ended) return polls.abandoned;
  const { row } = polls;
  if (row === null) return true;
  const polledSinceStart = compareInstants(row.startedAt, startedAt) >= 0;
  const at = polledSinceStart ? nextPollAt(row, settings) : restedAt(row);
  return compareInstants(at, now) <= 0;
}

/** When the next scheduled poll may start: by the interval, and no sooner than ten censuses after the last. */
export function nextPollAt(row: PollRow, settings: SourceSettings): Instant {
  const byInterval = addMinutes(row.startedAt, settings.pollingIntervalMinutes);
  const byLength = restedAt(row);
  return compareInstants(byInterval, byLength) >= 0 ? byInterval : byLength;
}

function restedAt(row: PollRow): Instant {
  return addMilliseconds(row.startedAt, row.censusMs * (1 + CENSUS_SHARE));
}
