/** What sync-execution tells of runs as they go on, and of those that wait or run when it is asked. */
import { millisecondsBetween } from '@daymark/domain/calendar-days';
import type { Handles, Metrics } from '@daymark/platform/metrics';
import type { RunObserver } from './ports';
import type { BoardedRun, RunBoard } from './run-board';
import type { SyncExecution } from './sync-execution';

const EPOCH = '1970-01-01T00:00:00Z';

export function runMeter(metrics: Metrics): RunObserver {
  return {
    ended: ({ type, trigger, outcome, seconds }) => {
      metrics.runsFinished.add({ type, trigger, outcome });
      if (seconds !== null) metrics.runDuration.observe({ type, outcome }, seconds);
    },
    committed: (source, counts) => {
      metrics.runDays.add({ source });
      for (const [action, elements] of Object.entries<number>({ ...counts }))
        metrics.runElements.add({ source, action }, elements);
    },
    satOut: (code) => metrics.runFaults.add({ code }),
  };
}

/** Looks at the runs of every source with each answer: in memory. Every replica follows the whole log and says the same. */
export function measureRuns(metrics: Metrics, execution: SyncExecution): void {
  metrics.collect({
    name: 'runs',
    gauges: ['runsRunning', 'runsWaiting', 'runLongestRunning', 'runLastSuccess'],
    read: () => {
      const { registry, board, deps } = execution.context;
      const at = deps.now();
      const open = openRuns(board);
      const known = registry.all().flatMap(({ status, id, settings }) => {
        if (status !== 'registered') return [];
        return [{ source: settings.name, at, runs: open.get(id) ?? [], success: board.lastSuccess(id) }];
      });
      return Promise.resolve((handles) => {
        for (const one of known) tell(handles, one);
      });
    },
  });
}

/** Those that have not ended, by source. */
function openRuns(board: RunBoard): ReadonlyMap<string, readonly BoardedRun[]> {
  const open = new Map<string, BoardedRun[]>();
  for (const run of board.all()) {
    if (run.ended) continue;
    const { sourceId } = run.request;
    open.set(sourceId, [...(open.get(sourceId) ?? []), run]);
  }
  return open;
}

interface KnownSource {
  readonly source: string;
  readonly at: string;
  readonly runs: readonly BoardedRun[];
  readonly success: string | undefined;
}

function tell(handles: Handles, { source, at, runs, success }: KnownSource): void {
  const ages = runs.flatMap(({ startedAt }) =>
    startedAt === null ? [] : [millisecondsBetween(startedAt, at)],
  );
  handles.runsRunning.set({ source }, ages.length);
  handles.runsWaiting.set({ source }, runs.length - ages.length);
  if (ages.length > 0) handles.runLongestRunning.set({ source }, Math.max(0, ...ages) / 1_000);
  if (success !== undefined)
    handles.runLastSuccess.set({ source }, millisecondsBetween(EPOCH, success) / 1_000);
}
