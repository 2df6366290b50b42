/**
 * Who may run, per source: one runs, the others wait. The head of the queue is the one that runs, or is about to.
 * Admission is a claim by exact revision on this stream; the run's own stream follows it and is mended from it.
 */
import { accepted, ignored, type Decision } from '../decision';
import { covers, sameWork, type RunRequest } from '../sync-run';

export interface RunQueued {
  readonly type: 'RunQueued';
  readonly data: { readonly request: RunRequest };
}

export interface RunReleased {
  readonly type: 'RunReleased';
  readonly data: { readonly runId: string; readonly sourceId: string };
}

export type RunQueueEvent = RunQueued | RunReleased;

export interface RunQueueState {
  readonly runs: readonly RunRequest[];
}

export const initialRunQueue: RunQueueState = { runs: [] };

export function evolveRunQueue(state: RunQueueState, event: RunQueueEvent): RunQueueState {
  if (event.type === 'RunReleased') {
    return { runs: state.runs.filter((run) => run.runId !== event.data.runId) };
  }
  const { request } = event.data;
  return state.runs.some((run) => run.runId === request.runId) ? state : { runs: [...state.runs, request] };
}

/** A waiting or running request that answers this one. */
export function answeredBy(request: RunRequest, state: RunQueueState): RunRequest | undefined {
  const [running, ...waiting] = state.runs;
  const itself = state.runs.find((run) => run.runId === request.runId);
  if (itself !== undefined) return itself;
  if (running !== undefined && covers(running, request)) return running;
  return waiting.find((run) => sameWork(run, request));
}

export function decideToQueue(request: RunRequest, state: RunQueueState): Decision<RunQueueEvent> {
  if (answeredBy(request, state) !== undefined) return ignored('another run answers it');
  return accepted({ type: 'RunQueued', data: { request } });
}

export function decideToRelease(
  run: { runId: string; sourceId: string },
  state: RunQueueState,
): Decision<RunQueueEvent> {
  if (!state.runs.some((queued) => queued.runId === run.runId)) return ignored('released already');
  return accepted({ type: 'RunReleased', data: { runId: run.runId, sourceId: run.sourceId } });
}
