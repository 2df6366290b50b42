import type { Day } from '../calendar-days';
import type { PollResult, SourceEvent, Unreadable } from './events';
import type { SourceSettings } from './settings';

export interface PollingState {
  /** The oldest day of the first non-empty census. */
  readonly knownFrom: Day | null;
  /** The oldest day that any census had. */
  readonly oldestSeen: Day | null;
  /** True once a poll said anything. */
  readonly polled: boolean;
  readonly unreadable: Unreadable;
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

export type SourceState =
  | { readonly status: 'none' }
  | {
      readonly status: 'registered';
      readonly id: string;
      readonly settings: SourceSettings;
      readonly revision: number;
      readonly polling: PollingState;
    }
  | {
      readonly status: 'removed';
      readonly id: string;
      readonly settings: SourceSettings;
      readonly revision: number;
      readonly elements: 'keep' | 'delete';
      readonly polling: PollingState;
    };

export type RegisteredSource = Extract<SourceState, { status: 'registered' }>;

export const initialSource: SourceState = { status: 'none' };

const neverPolled: PollingState = {
  knownFrom: null,
  oldestSeen: null,
  polled: false,
  unreadable: { count: 0, reasons: [] },
  problem: null,
};

/** Never refuses: history is not negotiable. */
export function evolveSource(state: SourceState, event: SourceEvent): SourceState {
  switch (event.type) {
    case 'SourceRegistered':
    case 'SourceChanged':
      return {
        status: 'registered',
        id: event.data.sourceId,
        settings: event.data.settings,
        revision: event.data.revision,
        polling: pollingAfter(state, event),
      };
    case 'SourceRemoved':
      return state.status === 'registered'
        ? { ...state, status: 'removed', elements: event.data.elements }
        : state;
    case 'SourceUnreachable':
      return withPolling(state, (polling) => ({
        ...polling,
        problem: { code: event.data.code, detail: event.data.detail },
      }));
    case 'SourceRecovered':
      return withPolling(state, (polling) => ({ ...polling, problem: null }));
    case 'PendingElementsDetected':
    case 'SourceAligned':
    case 'LateElementsHeld':
      return withPolling(state, (polling) => polledWith(polling, event.data));
  }
}

/** A revived source keeps what was known of its days, unless its elements were deleted with it. */
function pollingAfter(state: SourceState, event: SourceEvent): PollingState {
  if (state.status === 'none') return neverPolled;
  if (event.type !== 'SourceRegistered') return state.polling;
  return state.status === 'removed' && state.elements === 'delete' ? neverPolled : state.polling;
}

function withPolling(state: SourceState, change: (polling: PollingState) => PollingState): SourceState {
  return state.status === 'none' ? state : { ...state, polling: change(state.polling) };
}

function polledWith(polling: PollingState, poll: PollResult): PollingState {
  return {
    knownFrom: polling.knownFrom ?? poll.oldestDay,
    oldestSeen: earlier(polling.oldestSeen, poll.oldestDay),
    polled: true,
    unreadable: poll.unreadable,
    problem: polling.problem,
  };
}

function earlier(a: Day | null, b: Day | null): Day | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}
