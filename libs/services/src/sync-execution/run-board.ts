import type { DaymarkEvent, EventMetadata } from '@daymark/contracts';
import type { RunRequest } from '@daymark/domain/sync-run';

/** A run that stands in its source's queue, and what only the log's envelopes say of it. */
export interface BoardedRun {
  readonly request: RunRequest;
  /** Of the command that asked for the run: what everything that is done for the run goes by. */
  readonly correlationId: string;
  /** When it first started; null while it waits. */
  readonly startedAt: string | null;
  readonly ended: boolean;
}

/** Runs that wait or run, over all sources, as far as the log was followed: the same in every process that follows it. */
export interface RunBoard {
  /** Fed with every event of the log, in order. */
  apply(event: DaymarkEvent, metadata: EventMetadata): void;
  get(runId: string): BoardedRun | undefined;
  all(): Iterable<BoardedRun>;
  /** When the source's last run that succeeded ended, dry ones apart. */
  lastSuccess(sourceId: string): string | undefined;
}

export function createRunBoard(): RunBoard {
  const runs = new Map<string, BoardedRun>();
  const successes = new Map<string, string>();

  function change(runId: string, news: Partial<BoardedRun>): void {
    const run = runs.get(runId);
    if (run !== undefined) runs.set(runId, { ...run, ...news });
  }

  return {
    apply: (event, { correlationId, occurredAt }) => {
      switch (event.type) {
        case 'RunQueued': {
          const { request } = event.data;
          runs.set(request.runId, { request, correlationId, startedAt: null, ended: false });
          break;
        }
        case 'SyncStarted':
          change(event.data.runId, { startedAt: runs.get(event.data.runId)?.startedAt ?? occurredAt });
          break;
        case 'SyncCompleted':
          if (runs.get(event.data.runId)?.request.dryRun === false)
            successes.set(event.data.sourceId, occurredAt);
          change(event.data.runId, { ended: true });
          break;
        case 'SyncFailed':
        case 'SyncCancelled':
          change(event.data.runId, { ended: true });
          break;
        case 'RunReleased':
          runs.delete(event.data.runId);
          break;
        default:
      }
    },
    get: (runId) => runs.get(runId),
    all: () => runs.values(),
    lastSuccess: (sourceId) => successes.get(sourceId),
  };
}
