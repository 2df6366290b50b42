/** One writer per category: `source` is source-polling's, `run` and `queue` are sync-execution's. */
export const CATEGORIES = {
  source: 'source',
  run: 'run',
  queue: 'queue',
  installation: 'installation',
} as const;
