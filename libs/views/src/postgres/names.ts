import { createHash } from 'node:crypto';

/** The names of one set of views that do not depend on the generation, to be put into SQL. */
export interface ViewNames {
  /** The schema as the caller gave it, as a text. */
  readonly name: string;
  /** The same, quoted. */
  readonly schema: string;
  /** One row: which generation is read, and how often somebody asked for a new one. */
  readonly pointer: string;
  /** One row per generation: of which folds it is, and how far they have come. */
  readonly generations: string;
  /** Key of the advisory lock under which generations are made. */
  readonly lock: string;
}

/** The tables of one generation. */
export interface ViewTables {
  readonly sources: string;
  readonly days: string;
  readonly runs: string;
  readonly runDays: string;
}

export function viewNames(name: string): ViewNames {
  const schema = `"${name.replaceAll('"', '""')}"`;
  return {
    name,
    schema,
    pointer: `${schema}.pointer`,
    generations: `${schema}.generations`,
    lock: createHash('sha256').update(`daymark.views:${name}`).digest().readBigInt64BE(0).toString(),
  };
}

export function viewTables({ schema }: ViewNames, generation: string): ViewTables {
  return {
    sources: `${schema}.sources_${generation}`,
    days: `${schema}.days_${generation}`,
    runs: `${schema}.runs_${generation}`,
    runDays: `${schema}.run_days_${generation}`,
  };
}

/** Whoever locks several tables of a generation does it in this order, or two of them could wait for each other. */
export function inLockingOrder({ runDays, runs, days, sources }: ViewTables): readonly string[] {
  return [runDays, runs, days, sources];
}
