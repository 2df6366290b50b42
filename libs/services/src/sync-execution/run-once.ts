/** One try at the head of a source's queue: take the lease, work until the run ends or the process stops, let go. */
import { derivedId, NUDGES } from '@daymark/contracts';
import { millisecondsBetween } from '@daymark/domain/calendar-days';
import { decideToRelease } from '@daymark/domain/run-queue';
import {
  decideSyncRun,
  isFinished,
  type DaySynchronized,
  type RunProblem,
  type RunRequest,
  type SyncRunCommand,
  type SyncRunState,
} from '@daymark/domain/sync-run';
import type { DaySummary, Lease } from '@daymark/elements';
import { backoff } from '@daymark/platform';
import { problemOf, verdictOf } from './faults';
import { startHeartbeat, type Heartbeat } from './heartbeat';
import { ownCommand, type RunContext } from './run-context';
import { failedDays, type GivenUp } from './day-reports';
import { correlationOf, linesOf } from './run-reports';
import { workThrough, type WorkEnd } from './run-work';

/** A fault that passes by itself is sat out for so long; then the run fails by its name. */
const PATIENCE_MS = 24 * 60 * 60 * 1_000;

interface Held {
  readonly context: RunContext;
  readonly request: RunRequest;
  readonly lease: Lease;
  readonly heartbeat: Heartbeat;
  /** The process stops, or the lease was lost. */
  readonly signal: AbortSignal;
  /** Somebody wants the run to end: no fault is sat out any longer than it takes to look. */
  readonly wish: AbortSignal;
}

/** True when the run has ended and left the queue; false when somebody has to try again. */
export async function runOnce(
  context: RunContext,
  request: RunRequest,
  { stop, wish }: { stop: AbortSignal; wish: AbortSignal },
): Promise<boolean> {
  const { runId, sourceId } = request;
  // The queue is the claim: where a crash came between the two, the run's own stream is mended from it.
  const state = await tell(context, request, { type: 'RequestRun', request }, derivedId(runId, 'RequestRun'));
  if (isFinished(state.status)) return release(context, request);
  const wanted = { sourceId, runId, holder: context.holder, atMost: context.deps.maxRuns };
  const lease = await context.deps.elements.acquire(wanted);
  if (lease === null) return false;
  const heartbeat = startHeartbeat(context.deps.elements, lease, context.deps.pause);
  try {
    return await carryOut({
      context,
      request,
      lease,
      heartbeat,
      signal: AbortSignal.any([stop, heartbeat.signal]),
      wish,
    });
  } finally {
    await heartbeat.stop();
    await context.deps.elements.release(lease);
  }
}

async function carryOut(held: Held): Promise<boolean> {
  const { context, request, lease } = held;
  const state = await tell(
    context,
    request,
    { type: 'StartRun', token: lease.token },
    derivedId(request.runId, 'StartRun', lease.token),
  );
  // It may have been cancelled a moment ago, while it still waited.
  if (isFinished(state.status)) return release(context, request);
  await recordCommitted(held);
  if (!(await untilItEnds(held))) return false;
  const ended = { sourceId: request.sourceId, correlationId: correlationOf(context.board, request.runId) };
  await release(context, request);
  await context.deps.messenger.nudge(NUDGES.runEnded, ended).catch(() => undefined);
  return true;
}

/** Transient faults in a row, without a look at the source in between. */
interface Outage {
  faults: number;
}

/** Sits transient faults out; false when the work was stopped before its end. */
async function untilItEnds(held: Held): Promise<boolean> {
  const givenUp = new Map<string, GivenUp>();
  const since = held.context.deps.now();
  const outage: Outage = { faults: 0 };
  while (!hasStopped(held)) {
    try {
      const end = (await isCancelled(held))
        ? ({ kind: 'cancelled' } as const)
        : await oneSnapshot(held, givenUp, outage);
      if (end.kind === 'again') continue;
      return await close(held, end);
    } catch (fault) {
      if (hasStopped(held) || verdictOf(fault) === 'fenced') return false;
      if (verdictOf(fault) !== 'transient' || isTooLong(held, since)) return giveUp(held, fault, givenUp);
      outage.faults += 1;
      await sitOut(held, fault, outage);
    }
  }
  return false;
}

function hasStopped({ signal }: Held): boolean {
  return signal.aborted;
}

/** Somebody wants it to end, or somebody else has ended it. */
async function isCancelled({ context, request }: Held): Promise<boolean> {
  return (await context.runs.load(request.runId)).status !== 'running';
}

/** Asked before a run is ended: whoever lost it leaves that to the next holder. */
function stillHeld({ context, lease, heartbeat }: Held): Promise<boolean> {
  return context.deps.elements.renew(lease, heartbeat.progress());
}

function isTooLong({ context }: Held, since: string): boolean {
  return millisecondsBetween(since, context.deps.now()) > PATIENCE_MS;
}

/** Waits, longer each time, and shows why. */
async function sitOut(held: Held, fault: unknown, { faults }: Outage): Promise<void> {
  const { deps } = held.context;
  const problem = problemOf(fault);
  linesOf(held.context, held.request).warn({ ...problem, faults }, 'A run sits a fault out.');
  deps.observer.satOut(problem.code);
  held.heartbeat.show({ problem, days: [] });
  // A wish that is known already could not be followed: then this is what keeps it from being tried without a rest.
  const { signal, wish } = held;
  const rest = wish.aborted ? signal : AbortSignal.any([signal, wish]);
  await deps.pause(backoff({ attempt: faults, random: deps.random }), rest);
}

async function giveUp(held: Held, fault: unknown, givenUp: ReadonlyMap<string, GivenUp>): Promise<boolean> {
  const { context, request } = held;
  if (!(await stillHeld(held))) return false;
  const problem = problemOf(fault);
  linesOf(context, request).error({ ...problem, err: fault }, 'A fault ends a run.');
  await recordCommitted(held);
  const end = { days: failedDays(givenUp), counts: [] };
  return endWith(held, { type: 'FailRun', token: held.lease.token, problem, end });
}

async function oneSnapshot(held: Held, givenUp: Map<string, GivenUp>, outage: Outage): Promise<WorkEnd> {
  const { context, request, lease, heartbeat, signal } = held;
  await context.caughtUp();
  const source = context.registry.get(request.sourceId);
  if (source.status !== 'registered') return { kind: 'cancelled' };
  return workThrough({
    request,
    source,
    lease,
    signal,
    givenUp,
    known: context.registry.counts(request.sourceId),
    elements: context.deps.elements,
    connector: context.deps.connector(source.settings),
    inHand: new Set(),
    opened: () => resumed(held, outage),
    show: (progress) => heartbeat.show(progress),
    committed: async (summary) => {
      await recordDays(held, [summary]);
      const { daysDone, elementsRead } = heartbeat.progress();
      heartbeat.show({ daysDone: daysDone + 1, elementsRead: elementsRead + summary.counts.read });
    },
    cancelled: () => isCancelled(held),
  });
}

/** Told once the source can be read again, not with each try: an outage of a day is one event. */
async function resumed({ context, request, lease: { token } }: Held, outage: Outage): Promise<void> {
  if (outage.faults === 0) return;
  const state = await context.runs.load(request.runId);
  const attempt = 'attempts' in state ? state.attempts + 1 : 1;
  await tell(
    context,
    request,
    { type: 'ResumeRun', token, attempt },
    derivedId(request.runId, 'ResumeRun', attempt),
  );
  outage.faults = 0;
}

/** Ends the run as its days say; the events of committed days are appended again first, from their summaries. */
async function close(held: Held, end: Exclude<WorkEnd, { kind: 'again' }>): Promise<boolean> {
  const { token } = held.lease;
  if (!(await stillHeld(held))) return false;
  await recordCommitted(held);
  if (end.kind === 'cancelled') return cancel(held);
  const failed = end.days.filter((day) => day.outcome === 'failed');
  const told = { days: end.days, counts: end.counts };
  const problem = failed.length === 0 ? undefined : problemOfDays(failed);
  const command: SyncRunCommand =
    problem === undefined
      ? { type: 'CompleteRun', token, end: told }
      : { type: 'FailRun', token, end: told, problem };
  return endWith(held, command);
}

/** False when another holder took the run over a moment ago: its end is that one's to tell. */
async function endWith({ context, request }: Held, command: SyncRunCommand): Promise<boolean> {
  const state = await tell(context, request, command, derivedId(request.runId, command.type));
  return isFinished(state.status);
}

function problemOfDays(failed: readonly { day: string; problem?: RunProblem }[]): RunProblem {
  const [first] = failed;
  const more = failed.length > 1 ? ` ${failed.length} days failed; this is the first of them.` : '';
  return {
    code: first?.problem?.code ?? 'RUN_BROKE',
    detail: `${first?.problem?.detail ?? ''}${more}`,
  };
}

async function cancel(held: Held): Promise<boolean> {
  const { context, request } = held;
  await tell(context, request, { type: 'CancelRun' }, derivedId(request.runId, 'CancelRun'));
  const end = { days: [], counts: [] };
  return endWith(held, { type: 'CompleteRun', token: held.lease.token, end });
}

/** What the target holds committed of this run and the log may not know yet: once more in full, from the summaries. */
async function recordCommitted(held: Held): Promise<void> {
  const summaries = await held.context.deps.elements.summaries(held.request.sourceId);
  const own = [...summaries.values()].filter((summary) => summary.run === held.request.runId);
  for (let i = 0; i < own.length; i += DAYS_AT_ONCE) await recordDays(held, own.slice(i, i + DAYS_AT_ONCE));
}

/** Keeps an append well below the log's limit of bytes. */
const DAYS_AT_ONCE = 500;

async function recordDays(held: Held, summaries: readonly DaySummary[]): Promise<void> {
  const { runId, sourceId } = held.request;
  const days = summaries.map((summary): DaySynchronized['data'] => ({
    runId,
    sourceId,
    day: summary.day,
    revision: summary.revision,
    snapshotAt: summary.snapshotAt,
    sealed: summary.sealed,
    outcome: summary.outcome,
    counts: summary.counts,
    elements: summary.elements,
    digest: summary.digest,
    source: { elements: summary.sourceCount, digest: summary.sourceDigest },
    kept: summary.kept,
  }));
  await tell(held.context, held.request, { type: 'RecordDays', days }, derivedId(runId, 'RecordDays'));
}

/** Puts a command to the run; a no is an answer too, and leaves the run as it is. */
async function tell(
  context: RunContext,
  request: RunRequest,
  command: SyncRunCommand,
  commandId: string,
): Promise<SyncRunState> {
  const own = ownCommand(context, request.runId, commandId);
  const asked = command.type === 'RequestRun' ? { ...own, actor: request.trigger.actor } : own;
  const { state } = await context.runs.decide(request.runId, asked, (run) => decideSyncRun(command, run));
  return state;
}

async function release(context: RunContext, request: RunRequest): Promise<true> {
  const { runId, sourceId } = request;
  const own = ownCommand(context, runId, derivedId(runId, 'RunReleased'));
  await context.queues.decide(sourceId, own, (queue) => decideToRelease({ runId, sourceId }, queue));
  return true;
}
