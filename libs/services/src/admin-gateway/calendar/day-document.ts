import { addDays, dayAt, isClosed } from '@daymark/domain/calendar-days';
import { sizeOf, type Difference } from '@daymark/domain/counts';
import { dayStateOf, type DayState } from '@daymark/domain/day-state';
import type { DayRow } from '@daymark/views';
import type { Situation } from '../status/source-situation';

export interface DifferenceSum extends Difference {
  readonly total: number;
}

export interface DayDocument {
  readonly day: string;
  readonly state: DayState;
  /** What the target holds. */
  readonly elements: number;
  readonly digest: string | null;
  readonly sealed: boolean;
  readonly open: boolean;
  readonly atRisk: false;
  /** Null when sealed, and when nobody can say. */
  readonly pending: DifferenceSum | null;
  readonly held: DifferenceSum;
  readonly quarantined: 0;
  readonly withheld: 0;
  readonly lost: null;
  readonly kept: number;
  readonly synchronizedAt: string | null;
  readonly run: string | null;
  readonly cleanerTakesAt: null;
}

/** What is the same for every day of a source at one moment. */
export interface DayClock {
  readonly situation: Situation;
  readonly today: string;
  /** The source's date at the last census. */
  readonly askedThrough: string | null;
  /** The last day that is closed; every earlier one is too. */
  readonly closedThrough: string;
}

export function dayClock(situation: Situation, at: string): DayClock {
  const { timeZone: zone, settleDelayMinutes } = situation.source.settings;
  const today = dayAt(at, zone);
  let closedThrough = today;
  while (!isClosed(closedThrough, { zone, settleDelayMinutes, at }))
    closedThrough = addDays(closedThrough, -1);
  const { checkedAt } = situation;
  return {
    situation,
    today,
    askedThrough: checkedAt === null ? null : dayAt(checkedAt, zone),
    closedThrough,
  };
}

/** One day of the calendar; `row` is absent when nothing is known of it. */
export function dayDocument(day: string, row: DayRow | undefined, clock: DayClock): DayDocument {
  const copied = row?.copied ?? neverCopied;
  const state = stateOf(day, row, clock);
  return {
    day,
    state,
    elements: copied.elements,
    digest: copied.digest,
    sealed: copied.sealed,
    open: day > clock.closedThrough,
    atRisk: false,
    ...differencesOf(row, state, clock),
    quarantined: 0,
    withheld: 0,
    lost: null,
    kept: copied.kept,
    synchronizedAt: copied.synchronizedAt,
    run: copied.run,
    cleanerTakesAt: null,
  };
}

const none: Difference = { new: 0, changed: 0, deleted: 0 };
const neverCopied = { elements: 0, digest: null, sealed: false, kept: 0, synchronizedAt: null, run: null };

/** What differs is held on a sealed day, else pending; nobody can say of days that no census covers. */
function differencesOf(
  row: DayRow | undefined,
  state: DayState,
  clock: DayClock,
): Pick<DayDocument, 'pending' | 'held'> {
  const differs = sumOf(row?.count ?? none);
  if (row?.copied?.sealed === true) return { pending: null, held: differs };
  const counted = clock.situation.counted && state !== 'unknown' && state !== 'future';
  return { pending: counted ? differs : null, held: sumOf(none) };
}

function stateOf(day: string, row: DayRow | undefined, clock: DayClock): DayState {
  const { situation, today, askedThrough } = clock;
  return dayStateOf({
    day,
    today,
    knownFrom: situation.source.polling.knownFrom,
    askedThrough,
    running: situation.live?.days.includes(day) === true,
    failed: row !== undefined && row.failed !== null,
    summary: row?.copied ?? null,
    differing: sizeOf(row?.count ?? none),
  });
}

function sumOf(difference: Difference): DifferenceSum {
  const { new: added, changed, deleted } = difference;
  return { total: sizeOf(difference), new: added, changed, deleted };
}
