/** What others may ask of runs. */
import {
  derivedId,
  type CancelRunAnswer,
  type CancelRunQuestion,
  type CommandContext,
  type LiveRun,
} from '@daymark/contracts';
import type { RequestRunAnswer, RequestRunQuestion } from '@daymark/contracts';
import { rejected, type Rejected } from '@daymark/domain/decision';
import { answeredBy, decideToQueue, decideToRelease } from '@daymark/domain/run-queue';
import { decideSyncRun, isFinished, periodOf, type RunRequest } from '@daymark/domain/sync-run';
import type { Answer } from '../nest/answering';
import { ownCommand, type RunContext } from './run-context';
import { linesOf } from './run-reports';

export async function requestRun(
  context: RunContext,
  asked: RequestRunQuestion,
): Promise<Answer<RequestRunAnswer>> {
  await context.caughtUp();
  const request = requestOf(context, asked);
  if ('kind' in request) return request;
  await releaseFinishedHead(context, request.sourceId);
  const repeated = await context.runs.load(request.runId);
  if (repeated.status !== 'none')
    return { kind: 'answer', value: { runId: request.runId, existing: false, position: null } };
  const command = commandOf(context, asked);
  const queued = await context.queues.decide(request.sourceId, command, (queue) =>
    decideToQueue(request, queue),
  );
  const answering = answeredBy(request, queued.state) ?? request;
  const { runId } = answering;
  const existing = runId !== request.runId;
  if (existing) {
    const { correlationId, actor } = command;
    linesOf(context, answering).info({ correlationId, actor }, 'A run that is there answers a request.');
  }
  // A run that somebody else asked for stays theirs, also where this command mends its stream.
  const correlationId = context.board.get(runId)?.correlationId ?? command.correlationId;
  const { position } = await context.runs.decide(
    runId,
    { ...command, correlationId, commandId: derivedId(runId, 'RequestRun') },
    (run) => decideSyncRun({ type: 'RequestRun', request: answering }, run),
  );
  return { kind: 'answer', value: { runId, existing, position } };
}

function requestOf(context: RunContext, asked: RequestRunQuestion): RunRequest | Rejected {
  const source = context.registry.get(asked.sourceId);
  if (source.status !== 'registered') return rejected('SOURCE_UNKNOWN', 'There is no such source.');
  const requestedAt = context.deps.now();
  const period = periodOf(asked, { at: requestedAt, zone: source.settings.timeZone });
  if ('kind' in period) return period;
  const { runId, sourceId, type, resync, dryRun, trigger } = asked;
  return { runId, sourceId, type, resync, dryRun, trigger, requestedAt, ...period };
}

/** A run that has ended may still stand at the head, for a moment or after a crash: it answers nobody. */
async function releaseFinishedHead(context: RunContext, sourceId: string): Promise<void> {
  const [head] = (await context.queues.load(sourceId)).runs;
  if (head === undefined) return;
  if (isFinished((await context.runs.load(head.runId)).status)) await leaveQueue(context, head);
}

async function leaveQueue(context: RunContext, run: { runId: string; sourceId: string }): Promise<void> {
  const own = ownCommand(context, run.runId, derivedId(run.runId, 'RunReleased'));
  await context.queues.decide(run.sourceId, own, (queue) => decideToRelease(run, queue));
}

export async function cancelRun(
  context: RunContext,
  asked: CancelRunQuestion,
): Promise<Answer<CancelRunAnswer>> {
  const command = commandOf(context, asked);
  const { decision, state, position } = await context.runs.decide(asked.runId, command, (run) =>
    decideSyncRun({ type: 'CancelRun' }, run),
  );
  if (decision.kind === 'rejected') return decision;
  if (state.status === 'cancelled') await leaveQueue(context, state.request);
  return { kind: 'answer', value: { runId: asked.runId, position } };
}

function commandOf(context: RunContext, asked: RequestRunQuestion | CancelRunQuestion): CommandContext {
  const { commandId, correlationId, actor } = asked.caller;
  return { commandId, correlationId, actor, occurredAt: context.deps.now() };
}

export async function liveRuns(context: RunContext, runIds: readonly string[]): Promise<readonly LiveRun[]> {
  const wanted = new Set(runIds);
  const held = (await context.deps.elements.leases()).filter((lease) => wanted.has(lease.runId));
  return held.map(({ sourceId: _, ...live }) => live);
}
