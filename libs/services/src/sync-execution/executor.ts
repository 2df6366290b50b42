/**
 * Carries the queued runs out: one per source at a time, some at once over all sources, beside those of other replicas. It keeps no truth of its own:
 * what runs is the head of a source's queue, what is done stands in the log and in the summaries. Losing it costs time.
 */
import type { DaymarkEvent } from '@daymark/contracts';
import { evolveRunQueue, initialRunQueue, type RunQueueState } from '@daymark/domain/run-queue';
import { runOnce } from './run-once';
import type { RunContext } from './run-context';
import { linesOf } from './run-reports';

export interface Executor {
  /** Fed with every event of the log, in order. */
  apply(event: DaymarkEvent): void;
  start(): void;
  /** Looks for work now instead of at the next turn. */
  wake(): void;
  /** Stops between days; a day in hand is rolled back. Runs stay as they are and are resumed by the next start. */
  stop(): Promise<void>;
}

interface Active {
  readonly runId: string;
  readonly work: Promise<void>;
  /** Aborts when somebody wants it to end. */
  readonly wish: AbortController;
}

/** Whichever replica was asked: it may be this one that works on the run. */
function endSoon(run: Active | undefined, runId: string): void {
  if (run?.runId === runId) run.wish.abort();
}

/** How often to look whether another holder's lease ran out. */
const TURN_MS = 1_000;

export function createExecutor(context: RunContext): Executor {
  const queues = new Map<string, RunQueueState>();
  const active = new Map<string, Active>();
  const stopped = new AbortController();
  let turn = new AbortController();
  let loop: Promise<void> = Promise.resolve();

  function heads(): string[] {
    const waiting = [...queues].filter(([sourceId, queue]) => queue.runs.length > 0 && !active.has(sourceId));
    return waiting.map(([sourceId]) => sourceId);
  }

  function toTheEnd(sourceId: string): void {
    const queue = queues.get(sourceId) ?? initialRunQueue;
    queues.delete(sourceId);
    queues.set(sourceId, queue);
  }

  function begin(sourceId: string): void {
    const head = queues.get(sourceId)?.runs[0];
    if (head === undefined) return;
    const wish = new AbortController();
    const work = runOnce(context, head, { stop: stopped.signal, wish: wish.signal })
      .catch((err: unknown) => {
        linesOf(context, head).error({ err }, 'A run could not be carried on; it is tried again.');
        return false;
      })
      .then((ended) => {
        active.delete(sourceId);
        // Whoever waits is next at once; what could not be carried on waits for the next turn, behind the others.
        if (ended) turn.abort();
        else toTheEnd(sourceId);
      });
    active.set(sourceId, { runId: head.runId, work, wish });
  }

  async function turns(): Promise<void> {
    while (!stopped.signal.aborted) {
      turn = new AbortController();
      for (const sourceId of heads().slice(0, Math.max(0, context.deps.maxRuns - active.size)))
        begin(sourceId);
      await context.deps.pause(TURN_MS, turn.signal);
    }
  }

  return {
    apply: (event) => {
      if (event.type === 'SyncCancelRequested') endSoon(active.get(event.data.sourceId), event.data.runId);
      if (event.type !== 'RunQueued' && event.type !== 'RunReleased') return;
      const sourceId = event.type === 'RunQueued' ? event.data.request.sourceId : event.data.sourceId;
      queues.set(sourceId, evolveRunQueue(queues.get(sourceId) ?? initialRunQueue, event));
      turn.abort();
    },
    start: () => {
      loop = turns();
    },
    wake: () => turn.abort(),
    stop: async () => {
      stopped.abort();
      turn.abort();
      await Promise.all([loop, ...[...active.values()].map(({ work }) => work)]);
    },
  };
}
