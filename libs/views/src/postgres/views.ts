import type { Pool } from 'pg';
import type { Views } from '../port';
import type { Projection } from '../projection/projection';
import { readCheckpoint } from './checkpoint';
import { readDays, readDifferences } from './day-reads';
import { viewNames, type ViewNames } from './names';
import { readRun, readRunningRun, readRuns, readRunsOfDay } from './run-reads';
import { readPageOfSources, readSource, readSources } from './source-reads';

export interface ViewsOptions {
  /** The pool must have an 'error' listener; it is not ended here. */
  readonly pool: Pool;
  /** The schema that `startProjection` was given, in this process or in another. */
  readonly schema: string;
  /** The runner of this process, if it has one: `reached` then answers without delay. */
  readonly projection?: Projection;
}

/**
 * The reads. They need the tables that `startProjection` prepares. The queries of one answer are not one
 * transaction: a row may be of a later position than `position()` said a moment before, never of an earlier one.
 */
export function createViews({ pool, schema, projection }: ViewsOptions): Views {
  const names = viewNames(schema);
  return {
    sources: () => readSources(pool, names),
    pageOfSources: (page) => readPageOfSources(pool, names, page),
    source: (idOrName) => readSource(pool, names, idOrName),
    differences: (sourceId, sealed) => readDifferences(pool, names, sourceId, sealed),
    days: (sourceId, period) => readDays(pool, names, sourceId, period),
    run: (id) => readRun(pool, names, id),
    runningRun: (sourceId) => readRunningRun(pool, names, sourceId),
    runs: (filter, page) => readRuns(pool, names, filter, page),
    runsOfDay: (sourceId, day) => readRunsOfDay(pool, names, { sourceId, day }),
    position: async () => (await readCheckpoint(pool, names))?.position ?? null,
    reached: (position, timeoutMs) => reached({ pool, names, projection }, position, timeoutMs),
  };
}

/** How often the checkpoint is looked at: another process may be the one that folds. */
const lookEvery = 100;

async function reached(
  views: { pool: Pool; names: ViewNames; projection: Projection | undefined },
  position: string,
  timeoutMs: number,
): Promise<boolean> {
  const { pool, names, projection } = views;
  const isReached = async (): Promise<boolean> => {
    const known = projection?.position ?? null;
    if (known !== null && position <= known) return true;
    // A database that does not answer now may do so before the time is over.
    const folded = (await readCheckpoint(pool, names).catch(() => null))?.position ?? null;
    return folded !== null && position <= folded;
  };
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    if (await isReached()) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    const wait = Math.min(lookEvery, left);
    await (projection?.reached(position, wait) ?? waitFor(wait));
  }
}

async function waitFor(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
