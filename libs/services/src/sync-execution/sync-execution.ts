import type { DaymarkEvent, EventMetadata } from '@daymark/contracts';
import type { SourceChanged, SourceRemoved } from '@daymark/domain/source';
import { followLog, type FollowedLog } from '../log-states/followed-log';
import { observedStates } from '../log-states/observed-states';
import { createSourceRegistry } from '../log-states/source-registry';
import { createExecutor, type Executor } from './executor';
import type { SyncExecutionDeps } from './ports';
import { followRemoval } from './removals';
import { createRunBoard } from './run-board';
import { queueStates, runStates, type RunContext } from './run-context';
import { reportRun } from './run-reports';

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
  const board = createRunBoard();
  const stopped = new AbortController();
  let followed: FollowedLog | undefined;
  const context: RunContext = {
    deps,
    registry,
    board,
    runs: observedStates(runStates(deps.log), (event, command, state) =>
      reportRun({ deps, registry, board }, event, command, state),
    ),
    queues: queueStates(deps.log),
    holder: deps.id(),
    caughtUp: () => followed?.caughtUp() ?? Promise.reject(new Error('sync-execution has not been started.')),
  };
  const executor = createExecutor(context);
  const consequences = new Set<Promise<void>>();
  let live = false;

  function follow(event: DaymarkEvent, metadata: EventMetadata): void {
    registry.apply(event);
    board.apply(event, metadata);
    executor.apply(event);
    if (event.type === 'SourceRemoved') begin(followRemoval(context, event.data, stopped.signal), event);
    if (event.type === 'SourceChanged' && live) begin(followRename(event), event);
  }

  /** A rename that was missed while nobody followed is made good by the source's next run. */
  async function followRename({ data: { sourceId: id } }: SourceChanged): Promise<void> {
    // Of two renames in a row any replica may be late with the first: it does not leave before the last name stands.
    for (let name = nameOf(id), given = ''; given !== name && !stopped.signal.aborted; name = nameOf(id)) {
      await deps.elements.rename({ id, name });
      given = name;
      await context.caughtUp();
    }
  }

  function nameOf(sourceId: string): string {
    const source = registry.get(sourceId);
    return source.status === 'none' ? '' : source.settings.name;
  }

  function begin(work: Promise<void>, { type, data }: SourceRemoved | SourceChanged): void {
    const followed = work
      .catch((err: unknown) => {
        deps.logger.error(
          { err, type, sourceId: data.sourceId },
          'What follows from an event could not be done.',
        );
      })
      .finally(() => consequences.delete(followed));
    consequences.add(followed);
  }

  return {
    context,
    start: async () => {
      followed = followLog(deps.log, { onEvent: follow, onFault: deps.onFault });
      await followed.caughtUp();
      live = true;
      executor.start();
    },
    wake: () => executor.wake(),
    stop: () => stop(executor, followed, stopped, consequences),
  };
}

async function stop(
  executor: Executor,
  followed: FollowedLog | undefined,
  stopped: AbortController,
  consequences: ReadonlySet<Promise<void>>,
): Promise<void> {
  stopped.abort();
  await executor.stop();
  await Promise.all(consequences);
  await followed?.stop();
}
