import type { Lifecycle } from './lifecycle';

/** The part of a process that signals need; `process` has it. */
export interface Signalled {
  readonly on: (signal: NodeJS.Signals, listener: () => void) => unknown;
  readonly exit: (code: number) => void;
}

export interface SignalOptions {
  /** Milliseconds of any clock that does not jump back. */
  readonly now?: () => number;
}

/** The exit code when stopping failed or took too long, or a second signal cut it short. */
export const EXIT_UNCLEAN = 1;

/** One Ctrl-C arrives more than once: from the terminal to the whole group, and passed on by npm. */
const sameSignalMs = 500;

/**
 * Stops everything on the first SIGTERM or SIGINT and exits: 0 when all of it stopped well, else 1. A second signal, half
 * a second later or more, exits at once.
 */
export function stopOnSignals(lifecycle: Lifecycle, signalled: Signalled, options: SignalOptions = {}): void {
  const { now = () => performance.now() } = options;
  let first: number | undefined;
  const onSignal = (): void => {
    if (first !== undefined) {
      if (now() - first >= sameSignalMs) signalled.exit(EXIT_UNCLEAN);
      return;
    }
    first = now();
    void lifecycle.stop().then(
      () => signalled.exit(0),
      () => signalled.exit(EXIT_UNCLEAN),
    );
  };
  signalled.on('SIGTERM', onSignal);
  signalled.on('SIGINT', onSignal);
}
