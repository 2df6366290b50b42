/** Says how runs go: a line each, under the correlation id of who asked, and to the observer. */
import type { CommandContext } from '@daymark/contracts';
import { millisecondsBetween } from '@daymark/domain/calendar-days';
import type { RunRequest, SyncRunEvent, SyncRunState } from '@daymark/domain/sync-run';
import { withFields, type Lines } from '@daymark/platform';
import type { SourceRegistry } from '../log-states/source-registry';
import type { RunOutcome, SyncExecutionDeps } from './ports';
import type { RunBoard } from './run-board';

/** What is known of all runs, and who is told. */
export interface RunReporting {
  readonly deps: Pick<SyncExecutionDeps, 'logger' | 'observer'>;
  readonly registry: SourceRegistry;
  readonly board: RunBoard;
}

/** The name of a source, for people; its id where there is no source any more. */
export function nameOf(registry: SourceRegistry, sourceId: string): string {
  const source = registry.get(sourceId);
  return source.status === 'none' ? sourceId : source.settings.name;
}

/** By whose request everything goes that is done for the run, also after a restart. */
export function correlationOf(board: RunBoard, runId: string): string {
  return board.get(runId)?.correlationId ?? runId;
}

/** The logger for everything that is done for a run. */
export function linesOf(
  { deps, registry, board }: RunReporting,
  { runId, sourceId }: Pick<RunRequest, 'runId' | 'sourceId'>,
): Lines {
  return withFields(deps.logger, {
    correlationId: correlationOf(board, runId),
    run: runId,
    source: nameOf(registry, sourceId),
  });
}

/** Told of each event of a run that this process appended. */
export function reportRun(
  reporting: RunReporting,
  event: SyncRunEvent,
  command: CommandContext,
  state: SyncRunState,
): void {
  if (state.status === 'none') return;
  const { request } = state;
  const lines = withFields(linesOf(reporting, request), { correlationId: command.correlationId });
  switch (event.type) {
    case 'SyncRequested':
    case 'ResyncRequested': {
      const { type, trigger, resync, dryRun, period } = request;
      const asked = { type, trigger: trigger.kind, resync, dryRun, period };
      lines.info({ actor: command.actor, ...asked }, 'A run was asked for.');
      return;
    }
    case 'SyncStarted': {
      lines.info({}, 'A run started.');
      return;
    }
    case 'SyncResumed': {
      lines.info({ attempt: event.data.attempt }, 'A run goes on.');
      return;
    }
    case 'DaySynchronized': {
      reporting.deps.observer.committed(nameOf(reporting.registry, request.sourceId), event.data.counts);
      return;
    }
    case 'SyncCancelRequested': {
      lines.info({ actor: command.actor }, 'A run is to be cancelled.');
      return;
    }
    case 'SyncCompleted': {
      lines.info(ended(reporting, request, command, 'succeeded'), 'A run succeeded.');
      return;
    }
    case 'SyncFailed': {
      lines.error(
        { ...ended(reporting, request, command, 'failed'), ...event.data.problem },
        'A run failed.',
      );
      return;
    }
    case 'SyncCancelled': {
      lines.info(ended(reporting, request, command, 'cancelled'), 'A run was cancelled.');
      return;
    }
  }
}

function ended(
  { deps, board }: RunReporting,
  { runId, type, trigger }: RunRequest,
  { occurredAt }: CommandContext,
  outcome: RunOutcome,
): { seconds: number | null } {
  const since = board.get(runId)?.startedAt ?? null;
  const seconds = since === null ? null : millisecondsBetween(since, occurredAt) / 1_000;
  deps.observer.ended({ type, trigger: trigger.kind, outcome, seconds });
  return { seconds };
}
