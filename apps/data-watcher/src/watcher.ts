import { setTimeout as wait } from 'node:timers/promises';
import {
  type Cleaned,
  createFlowsTable,
  deleteOutside,
  type FlowsPlace,
  insertFlows,
  readDays,
  readNewest,
  readScene,
  writeChanges,
} from './flow-table';
import { flowsOfDay, flowsUntil } from './flows';
import { type Changes, changesOf, pivotsOf, type Rates } from './tick';

/** Lines for whoever runs the process. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Days filled at the first start: today and the nine before it. */
export const FIRST_FILL_DAYS = 10;

/** The cleaner's retention unless another is given: today and the seven days before it stay. */
export const DEFAULT_RETENTION_DAYS = 7;

export interface FillOptions {
  readonly place: FlowsPlace;
  readonly seed: string;
  /** Milliseconds since 1970: nothing is filled that starts later. */
  readonly now: number;
  /** Today counts as one. Default: 10. */
  readonly days?: number;
}

/**
 * Fills the last days with what the generator has for them: all of them if the table is empty, else only what comes
 * after the newest row, so that what a cleaner took stays gone. Answers the number of rows added.
 */
export async function fillDays({ place, seed, now, days = FIRST_FILL_DAYS }: FillOptions): Promise<number> {
  const newest = await readNewest(place);
  let added = 0;
  for (const bounds of await readDays(place, now, days - 1)) {
    if (newest !== null && bounds.endsAt <= newest) continue;
    const flows = flowsUntil(flowsOfDay(seed, bounds), now);
    const missing = newest === null ? flows : flows.filter((flow) => Date.parse(flow.startedAt) > newest);
    added += await insertFlows(place, missing);
  }
  return added;
}

export interface CleanerOptions {
  readonly place: FlowsPlace;
  readonly now: number;
  readonly retentionDays?: number;
}

/** Deletes the days older than the retention, in one transaction. Runs when it is asked to, never by itself. */
export async function runCleaner(options: CleanerOptions): Promise<Cleaned> {
  return deleteOutside(options.place, options.now, options.retentionDays ?? DEFAULT_RETENTION_DAYS);
}

export interface WatcherOptions {
  readonly place: FlowsPlace;
  readonly seed: string;
  readonly clock: () => number;
  readonly everySeconds: number;
  readonly rates: Rates;
  readonly logger: Logger;
}

export interface DataWatcher {
  /** Creates the table and fills it up to now. */
  prepare(): Promise<void>;
  /** Lets happen what happens in one interval. */
  tick(): Promise<Changes>;
  /** Ticks until the signal; a tick that fails is told to the logger, and the next one comes in its time. */
  run(signal: AbortSignal): Promise<void>;
}

export function createDataWatcher(options: WatcherOptions): DataWatcher {
  const { place, seed, clock, everySeconds, rates, logger } = options;

  const tick = async (): Promise<Changes> => {
    const moment = { seed, now: clock(), everySeconds, rates };
    const changes = changesOf(moment, await readScene(place, moment.now, pivotsOf(moment)));
    await writeChanges(place, changes);
    return changes;
  };

  return {
    async prepare() {
      await createFlowsTable(place);
      const added = await fillDays({ place, seed, now: clock() });
      logger.info({ added, schema: place.schema }, 'flows are filled up to now');
    },
    tick,
    async run(signal) {
      while (await pause(everySeconds * 1_000, signal)) {
        try {
          await tick();
        } catch (error) {
          logger.error({ err: error }, 'a tick failed');
        }
      }
    },
  };
}

/** False as soon as the signal comes. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await wait(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
