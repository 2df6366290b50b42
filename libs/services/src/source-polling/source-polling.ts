import { followLog, type FollowedLog } from '../log-states/followed-log';
import { observedStates } from '../log-states/observed-states';
import { createSourceRegistry } from '../log-states/source-registry';
import { createPoller, type Poller } from './poller';
import { sourceStates, type PollingContext } from './polling-context';
import type { SourcePollingDeps } from './ports';
import { reportSource } from './source-reports';

/** The room that polls sources and says what is pending and held. */
export interface SourcePolling {
  readonly context: PollingContext;
  readonly poller: () => Poller;
  /** Resolves when the log has been read once: commands may come, and the first poll may start. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createSourcePolling(deps: SourcePollingDeps): SourcePolling {
  const registry = createSourceRegistry();
  const stopping = new AbortController();
  let followed: FollowedLog | undefined;
  let poller: Poller | undefined;
  const notStarted = () => new Error('source-polling has not been started.');
  const context: PollingContext = {
    deps,
    registry,
    sources: observedStates(sourceStates(deps.log), (event, command, state) =>
      reportSource(deps.logger, event, command, state),
    ),
    stopping: stopping.signal,
    caughtUp: () => followed?.caughtUp() ?? Promise.reject(notStarted()),
  };
  return {
    context,
    poller: () => {
      if (poller === undefined) throw notStarted();
      return poller;
    },
    start: async () => {
      followed = followLog(deps.log, { onEvent: (event) => registry.apply(event), onFault: deps.onFault });
      await followed.caughtUp();
      poller = createPoller(context);
    },
    stop: async () => {
      stopping.abort();
      await poller?.settled();
      await followed?.stop();
    },
  };
}
