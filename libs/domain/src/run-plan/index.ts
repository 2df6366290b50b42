import { addDays, eachDay, isClosed, type Day, type Instant } from '../calendar-days';

/** What a census says of one day. */
export interface CensusDay {
  readonly count: number;
  readonly digest: string;
}

/** What the target's summary says of one day, as far as planning needs it. */
export interface SummaryFacts {
  readonly revision: number;
  readonly sealed: boolean;
  /** The source's own count and digest in the snapshot that the day was copied from. */
  readonly sourceCount: number;
  readonly sourceDigest: string;
  readonly run: string;
}

export interface PlanFacts {
  readonly run: string;
  readonly resync: boolean;
  /** Null for an incremental run: every day. */
  readonly period: { readonly from: Day; readonly to: Day } | null;
  readonly at: Instant;
  readonly today: Day;
  readonly zone: string;
  readonly settleDelayMinutes: number;
  readonly census: ReadonlyMap<Day, CensusDay>;
  readonly summaries: ReadonlyMap<Day, SummaryFacts>;
  /** The oldest day of our first non-empty census: nobody promised what lies before. Null before there was one. */
  readonly knownFrom: Day | null;
}

export interface PlannedDay {
  readonly day: Day;
  readonly census: CensusDay;
  readonly summary: SummaryFacts | undefined;
  readonly differs: boolean;
  readonly closed: boolean;
  /** `synchronize`: the run takes it. `done`: this run committed it before. `leave`: nothing to do, or sealed. */
  readonly action: 'synchronize' | 'done' | 'leave';
}

/** Days without elements are sealed and called empty no further back than this. */
export const EMPTY_DAYS_BACK = 400;

const nothing: CensusDay = { count: 0, digest: '0' };

/** Whether a poll would look into the day: the census is not what the summary was written from. */
export function differs(census: CensusDay, summary: SummaryFacts | undefined): boolean {
  if (summary === undefined) return census.count > 0;
  return census.count !== summary.sourceCount || census.digest !== summary.sourceDigest;
}

/**
 * The days of a run, in order, and what to do with each. An incremental takes each unsealed day that differs and seals
 * each closed unsealed one; a sealed day is taken by a resync only; an open day that does not differ is left.
 */
export function planRun(facts: PlanFacts): PlannedDay[] {
  return [...candidates(facts)].sort().map((day) => planDay(day, facts));
}

function candidates(facts: PlanFacts): Set<Day> {
  const days = new Set([...facts.census.keys(), ...facts.summaries.keys()]);
  for (const day of knownDays(facts)) days.add(day);
  const { period } = facts;
  if (period === null) return days;
  const inside = [...days].filter((day) => period.from <= day && day <= period.to);
  return new Set(inside);
}

function knownDays(facts: PlanFacts): Day[] {
  if (facts.knownFrom === null) return [];
  const back = addDays(facts.today, -EMPTY_DAYS_BACK);
  return eachDay(facts.knownFrom > back ? facts.knownFrom : back, facts.today);
}

function planDay(day: Day, facts: PlanFacts): PlannedDay {
  const census = facts.census.get(day) ?? nothing;
  const summary = facts.summaries.get(day);
  const planned = {
    day,
    census,
    summary,
    differs: differs(census, summary),
    closed: isClosed(day, { zone: facts.zone, settleDelayMinutes: facts.settleDelayMinutes, at: facts.at }),
  };
  return { ...planned, action: actionOf(planned, facts) };
}

function actionOf(day: Omit<PlannedDay, 'action'>, facts: PlanFacts): PlannedDay['action'] {
  if (day.summary?.run === facts.run) return 'done';
  if (day.summary?.sealed === true) return facts.resync ? 'synchronize' : 'leave';
  if (day.closed || day.differs) return 'synchronize';
  return facts.resync && day.summary !== undefined ? 'synchronize' : 'leave';
}
