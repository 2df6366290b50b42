import { CATEGORIES } from '@daymark/contracts';
import { evolveSource, initialSource, type SourceEvent, type SourceState } from '@daymark/domain/source';
import type { EventLog } from '@daymark/event-log';
import type { SourceRegistry } from '../log-states/source-registry';
import { createStreamStates, type StreamStates } from '../log-states/stream-states';
import type { SourcePollingDeps } from './ports';

export interface PollingContext {
  readonly deps: SourcePollingDeps;
  readonly registry: SourceRegistry;
  readonly sources: StreamStates<SourceState, SourceEvent>;
  /** Aborts when the process stops: a poll in hand is given up, and says nothing. */
  readonly stopping: AbortSignal;
  /** Everything the log held a moment ago has been seen. */
  readonly caughtUp: () => Promise<void>;
}

export function sourceStates(log: EventLog): StreamStates<SourceState, SourceEvent> {
  return createStreamStates(log, {
    category: CATEGORIES.source,
    initial: initialSource,
    evolve: evolveSource,
    // What people ask for; polls never repeat a command.
    remembers: ({ type }) =>
      type === 'SourceRegistered' || type === 'SourceChanged' || type === 'SourceRemoved',
  });
}
