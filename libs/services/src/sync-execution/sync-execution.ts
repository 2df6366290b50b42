import type { DaymarkEvent } from '@daymark/contracts';
import { followLog, type FollowedLog } from '../log-states/followed-log';
import { createSourceRegistry } from '../log-states/source-registry';
import { createExecutor, type Executor } from './executor';
import type { SyncExecutionDeps } from './ports';
import { followRemoval } from './removals';
import { queueStates, runStates, type RunContext } from './run-context';

/** The room that runs syncs and resyncs. */
export interface SyncExecution {
  readonly context: RunContext;
  /** Resolves when the log has been read once: commands may come, and runs that were cut off go on. */
  start(): Promise<void>;
  wake(): void;
  stop(): Promise<void>;
}

export function createSyncExecution(deps: SyncExecutionDeps): SyncExecution {
  const registry = createSourceRegistry();
  const stopped = new AbortController();
  let followed: FollowedLog | undefined;
  const context: RunContext = {
    deps,
    registry,
    runs: runStates(deps.log),
    queues: queueStates(deps.log),
    holder: deps.id(),
    caughtUp: () => followed?.caughtUp() ?? Promise.reject(new Error('sync-execution has not been started.')),
  };
  const executor = createExecutor(context);
  const removals = new Set<Promise<void>>();

  function follow(event: DaymarkEvent): void {
    registry.apply(event);
    executor.apply(event);
    if (event.type === 'SourceRemoved') begin(event.data);
    if (event.type === 'SyncCancelRequested') executor.wake();
  }

  function begin(removed: Parameters<typeof followRemoval>[1]): void {
    const work = followRemoval(context, removed, stopped.signal)
      .catch((fault: unknown) =>
        deps.logger.error(
          { err: fault, ...removed },
          'A removal could not be followed; it is at the next start.',
        ),
      )
      .finally(() => removals.delete(work));
    removals.add(work);
  }

  return {
    context,
    start: async () => {
      followed = followLog(deps.log, { onEvent: follow, onFault: deps.onFault });
      await followed.caughtUp();
      executor.start();
    },
    wake: () => executor.wake(),
    stop: () => stop(executor, followed, stopped, removals),
  };
}

async function stop(
  executor: Executor,
  followed: FollowedLog | undefined,
  stopped: AbortController,
  removals: ReadonlySet<Promise<void>>,
): Promise<void> {
  stopped.abort();
  await executor.stop();
  await Promise.all(removals);
  await followed?.stop();
}
