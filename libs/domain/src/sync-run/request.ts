import {
  dayAt,
  firstDayOf,
  isDay,
  isMonth,
  lastDayOf,
  type Day,
  type Instant,
  type Month,
} from '../calendar-days';
import { rejected, type Rejected } from '../decision';

export type RunType = 'incremental' | 'day' | 'range' | 'month';

export interface Period {
  readonly from: Day;
  readonly to: Day;
}

export interface Trigger {
  readonly kind: 'person' | 'api' | 'slot' | 'catch-up' | 'guard' | 'policy';
  readonly actor: string;
  readonly occurrence: string | null;
}

/** What somebody asks for, as it came. */
export interface Asked {
  readonly type: RunType;
  readonly day?: string;
  readonly from?: string;
  readonly to?: string;
  readonly month?: string;
  readonly resync: boolean;
  readonly dryRun: boolean;
}

/** What a run is asked to do. */
export interface RunRequest {
  readonly runId: string;
  readonly sourceId: string;
  readonly type: RunType;
  /** Null for an incremental: every day. */
  readonly period: Period | null;
  readonly resync: boolean;
  readonly dryRun: boolean;
  readonly trigger: Trigger;
  readonly requestedAt: Instant;
}

/** The period that is asked for, or why it cannot be. `month` runs through today. */
export function periodOf(
  asked: Asked,
  clock: { at: Instant; zone: string },
): { period: Period | null } | Rejected {
  const misplaced = misplacedField(asked);
  if (misplaced !== undefined) {
    return rejected(
      'RUN_FIELD_MISPLACED',
      `"${misplaced}" has no meaning for a run of type ${asked.type}.`,
      misplaced,
    );
  }
  const today = dayAt(clock.at, clock.zone);
  switch (asked.type) {
    case 'incremental':
      if (!asked.resync) return { period: null };
      return rejected('RUN_RESYNC_NEEDS_DAYS', 'A resync names its days: day, range or month.', 'resync');
    case 'day':
      return ranged({ from: asked.day, to: asked.day }, today, ['day', 'day']);
    case 'range':
      return ranged({ from: asked.from, to: asked.to }, today, ['from', 'to']);
    case 'month':
      return monthly(asked.month, today);
  }
}

const fieldsOf: Record<RunType, readonly (keyof Asked)[]> = {
  incremental: [],
  day: ['day'],
  range: ['from', 'to'],
  month: ['month'],
};

function misplacedField(asked: Asked): string | undefined {
  const dated: readonly (keyof Asked)[] = ['day', 'from', 'to', 'month'];
  return dated.find((field) => asked[field] !== undefined && !fieldsOf[asked.type].includes(field));
}

type Bounds = { readonly from: string | undefined; readonly to: string | undefined };

function ranged(bounds: Bounds, today: Day, paths: readonly [string, string]): { period: Period } | Rejected {
  const { from, to } = bounds;
  if (from === undefined || !isDay(from)) return notADay(from, paths[0]);
  if (to === undefined || !isDay(to)) return notADay(to, paths[1]);
  if (from > to) {
    return rejected('RUN_RANGE_INVERTED', `The range ends (${to}) before it begins (${from}).`, paths[0]);
  }
  if (to > today) {
    return rejected('RUN_DAY_IN_FUTURE', `${to} lies after today (${today}) in the source's zone.`, paths[1]);
  }
  return { period: { from, to } };
}

function notADay(text: string | undefined, path: string): Rejected {
  const what = text === undefined ? `"${path}" is missing` : `"${text}" is not a date`;
  return rejected('DAY_INVALID', `${what}: a calendar date YYYY-MM-DD is expected.`, path);
}

function monthly(month: Month | undefined, today: Day): { period: Period } | Rejected {
  if (month === undefined || !isMonth(month)) {
    return rejected('MONTH_INVALID', `"${month ?? ''}" is not a month: YYYY-MM is expected.`, 'month');
  }
  const from = firstDayOf(month);
  if (from > today) {
    return rejected(
      'RUN_DAY_IN_FUTURE',
      `${month} begins after today (${today}) in the source's zone.`,
      'month',
    );
  }
  const last = lastDayOf(month);
  return { period: { from, to: last < today ? last : today } };
}

/**
 * Whether somebody who asks for `next` is served by `run`: same resync and dryRun, period inside. An incremental run
 * takes every unsealed day, and so covers whatever is asked for without resync.
 */
export function covers(run: RunRequest, next: RunRequest): boolean {
  if (run.resync !== next.resync || run.dryRun !== next.dryRun) return false;
  if (run.period === null) return true;
  if (next.period === null) return false;
  return run.period.from <= next.period.from && next.period.to <= run.period.to;
}

/** Whether two waiting requests are one. */
export function sameWork(a: RunRequest, b: RunRequest): boolean {
  return covers(a, b) && covers(b, a);
}
