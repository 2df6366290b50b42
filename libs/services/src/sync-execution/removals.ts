import { derivedId } from '@daymark/contracts';
import type { SourceRemoved } from '@daymark/domain/source';
import { decideSyncRun } from '@daymark/domain/sync-run';
import type { Lease } from '@daymark/elements';
import { verdictOf } from './faults';
import { ownCommand, type RunContext } from './run-context';

/**
 * What follows from a source's removal: its runs are cancelled, waiting ones first, and if its elements were not to be
 * kept they are dropped once nobody works on them. Repeated after a restart it changes nothing more: a source that was
 * revived since is left alone.
 */
export async function followRemoval(
  context: RunContext,
  removed: SourceRemoved['data'],
  signal: AbortSignal,
): Promise<void> {
  const { sourceId, elements } = removed;
  if (!(await isRemoved(context, sourceId))) return;
  for (const run of (await context.queues.load(sourceId)).runs.toReversed()) {
    const own = ownCommand(context, run.runId, derivedId(run.runId, 'CancelRun'));
    await context.runs.decide(run.runId, own, (state) => decideSyncRun({ type: 'CancelRun' }, state));
  }
  if (elements === 'delete') await dropOnce(context, sourceId, signal);
}

/**
 * Under the source's lease: a replica that is late, or stood still, finds it taken by a run of the source that was
 * registered again, and drops nothing of that.
 */
async function dropOnce(context: RunContext, sourceId: string, signal: AbortSignal): Promise<void> {
  const wanted = { sourceId, runId: derivedId(sourceId, 'DropElements'), holder: context.holder };
  while (!signal.aborted) {
    if (!(await isRemoved(context, sourceId))) return;
    const busy = (await context.queues.load(sourceId)).runs.length > 0;
    const lease = busy ? null : await context.deps.elements.acquire(wanted);
    if (lease !== null && (await dropUnder(context, lease))) return;
    await context.deps.pause(500, signal);
  }
}

/** False when the lease was lost meanwhile. */
async function dropUnder(context: RunContext, lease: Lease): Promise<boolean> {
  const { elements } = context.deps;
  try {
    if (await isRemoved(context, lease.sourceId)) await elements.drop(lease);
    return true;
  } catch (fault) {
    if (verdictOf(fault) === 'fenced') return false;
    throw fault;
  } finally {
    await elements.release(lease);
  }
}

async function isRemoved(context: RunContext, sourceId: string): Promise<boolean> {
  await context.caughtUp();
  return context.registry.get(sourceId).status === 'removed';
}
