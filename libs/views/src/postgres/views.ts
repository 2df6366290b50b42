import type { Pool } from 'pg';
import type { Views } from '../port';
import { checkpointOf } from '../generations/situation';
import type { Projection } from '../projection/projection';
import { readDays, readDifferences } from './day-reads';
import { viewNames } from './names';
import { Reader } from './reader';
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
 * The reads. Until `startProjection` prepared something to read, in this process or in another, they reject with
 * VIEWS_REBUILDING. The queries of one answer are not one transaction: a row may be of a later position than
 * `position()` said a moment before, never of an earlier one.
 */
export function createViews({ pool, schema, projection }: ViewsOptions): Views {
  const names = viewNames(schema);
  const reader = new Reader(pool, names);
  const position = async (): Promise<string | null> =>
    reader.read(async ({ generation }) => (await checkpointOf(pool, names, generation))?.position ?? null);
  return {
    sources: () => reader.read(({ tables }) => readSources(pool, tables)),
    pageOfSources: (page) => reader.read(({ tables }) => readPageOfSources(pool, tables, page)),
    source: (idOrName) => reader.read(({ tables }) => readSource(pool, tables, idOrName)),
    differences: (sourceId, sealed) =>
      reader.read(({ tables }) => readDifferences(pool, tables, sourceId, sealed)),
    days: (sourceId, period) => reader.read(({ tables }) => readDays(pool, tables, sourceId, period)),
    run: (id) => reader.read(({ tables }) => readRun(pool, tables, id)),
    runningRun: (sourceId) => reader.read(({ tables }) => readRunningRun(pool, tables, sourceId)),
    runs: (filter, page) => reader.read(({ tables }) => readRuns(pool, tables, filter, page)),
    runsOfDay: (sourceId, day) => reader.read(({ tables }) => readRunsOfDay(pool, tables, { sourceId, day })),
    position,
    reached: (wanted, timeoutMs) => reached({ position, projection }, wanted, timeoutMs),
  };
}

/** How often the checkpoint is looked at: another process may be the one that folds. */
const lookEvery = 100;

async function reached(
  views: { position: () => Promise<string | null>; projection: Projection | undefined },
  position: string,
  timeoutMs: number,
): Promise<boolean> {
  const { projection } = views;
  const isReached = async (): Promise<boolean> => {
    const known = projection?.position ?? null;
    if (known !== null && position <= known) return true;
    // A database that does not answer now may do so before the time is over, and a rebuild may end.
    const folded = await views.position().catch(() => null);
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
