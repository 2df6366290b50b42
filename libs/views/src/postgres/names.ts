import { createHash } from 'node:crypto';

/** The names of one set of views, to be put into SQL. */
export interface ViewNames {
  /** The schema as the caller gave it, quoted. */
  readonly schema: string;
  readonly checkpoint: string;
  readonly sources: string;
  readonly days: string;
  readonly runs: string;
  readonly runDays: string;
  /** Key of the advisory lock under which tables are made. */
  readonly lock: string;
}

export function viewNames(name: string): ViewNames {
  const schema = `"${name.replaceAll('"', '""')}"`;
  return {
    schema,
    checkpoint: `${schema}.checkpoint`,
    sources: `${schema}.sources`,
    days: `${schema}.days`,
    runs: `${schema}.runs`,
    runDays: `${schema}.run_days`,
    lock: createHash('sha256').update(`daymark.views:${name}`).digest().readBigInt64BE(0).toString(),
  };
}
