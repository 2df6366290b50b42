import type { Lifecycle } from './lifecycle';

/** The part of a process that signals need; `process` has it. */
export interface Signalled {
  readonly on: (signal: NodeJS.Signals, listener: () => void) => unknown;
  readonly exit: (code: number) => void;
}

/** The exit code when stopping failed or took too long, or a second signal cut it short. */
export const EXIT_UNCLEAN = 1;

/**
 * Stops everything on the first SIGTERM or SIGINT and exits: 0 when all of it stopped well, else 1. A second signal exits
 * at once.
 */
export function stopOnSignals(lifecycle: Lifecycle, signalled: Signalled): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) {
      signalled.exit(EXIT_UNCLEAN);
      return;
    }
    stopping = true;
    void lifecycle.stop().then(
      () => signalled.exit(0),
      () => signalled.exit(EXIT_UNCLEAN),
    );
  };
  signalled.on('SIGTERM', onSignal);
  signalled.on('SIGINT', onSignal);
}
