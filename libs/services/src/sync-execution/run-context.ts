import { CATEGORIES, type CommandContext } from '@daymark/contracts';
import {
  evolveRunQueue,
  initialRunQueue,
  type RunQueueEvent,
  type RunQueueState,
} from '@daymark/domain/run-queue';
import {
  evolveSyncRun,
  initialSyncRun,
  type SyncRunEvent,
  type SyncRunState,
} from '@daymark/domain/sync-run';
import type { EventLog } from '@daymark/event-log';
import type { SourceRegistry } from '../log-states/source-registry';
import { createStreamStates, type StreamStates } from '../log-states/stream-states';
import type { SyncExecutionDeps } from './ports';
import type { RunBoard } from './run-board';
import { correlationOf } from './run-reports';

export const ACTOR = 'system:sync-execution';

/** What every run of this process works with. */
export interface RunContext {
  readonly deps: SyncExecutionDeps;
  readonly registry: SourceRegistry;
  readonly board: RunBoard;
  readonly runs: StreamStates<SyncRunState, SyncRunEvent>;
  readonly queues: StreamStates<RunQueueState, RunQueueEvent>;
  /** Names this process on its leases. */
  readonly holder: string;
  /** Everything the log held a moment ago has been seen. */
  readonly caughtUp: () => Promise<void>;
}

export function runStates(log: EventLog): StreamStates<SyncRunState, SyncRunEvent> {
  return createStreamStates(log, {
    category: CATEGORIES.run,
    initial: initialSyncRun,
    evolve: evolveSyncRun,
  });
}

export function queueStates(log: EventLog): StreamStates<RunQueueState, RunQueueEvent> {
  return createStreamStates(log, {
    category: CATEGORIES.queue,
    initial: initialRunQueue,
    evolve: evolveRunQueue,
  });
}

/** What the service does by itself, on behalf of the run and so of who asked for it. */
export function ownCommand(context: RunContext, runId: string, commandId: string): CommandContext {
  const correlationId = correlationOf(context.board, runId);
  return { commandId, correlationId, actor: ACTOR, occurredAt: context.deps.now() };
}
