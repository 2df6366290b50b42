import { derivedId } from '@daymark/contracts';
import type { SourceRemoved } from '@daymark/domain/source';
import { decideSyncRun } from '@daymark/domain/sync-run';
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
  await context.caughtUp();
  if (context.registry.get(sourceId).status !== 'removed') return;
  for (const run of (await context.queues.load(sourceId)).runs.toReversed()) {
    const own = ownCommand(context, run.runId, derivedId(run.runId, 'CancelRun'));
    await context.runs.decide(run.runId, own, (state) => decideSyncRun({ type: 'CancelRun' }, state));
  }
  if (elements === 'keep') return;
  while (!signal.aborted) {
    await context.caughtUp();
    if (context.registry.get(sourceId).status !== 'removed') return;
    const busy = (await context.queues.load(sourceId)).runs.length > 0;
    if (!busy) return context.deps.elements.drop(sourceId);
    await context.deps.pause(500, signal);
  }
}
