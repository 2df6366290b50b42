import {
  createLifecycle,
  createLogger,
  createScrubber,
  EXIT_CONFIGURATION,
  isFault,
  readConfiguration,
  startAll,
  stopOnSignals,
  type Configuration,
  type Needs,
} from '@daymark/platform';
import { endBecause, Misconfigured, type Shell } from './shell';

/** For stopping everything; below the 30 s that Kubernetes gives. */
const DEADLINE_MS = 25_000;
const EXIT_FAILED = 1;

export interface ShellOptions<Started> {
  /** Of the process. */
  readonly name: string;
  /** The variables that it cannot do without. */
  readonly needs?: Needs;
  readonly start: (shell: Shell) => Promise<Started>;
  /** Tells that it is there. */
  readonly ready: (started: Started, shell: Shell) => void;
}

/**
 * What every `main.ts` does: reads the configuration, starts, and stops on SIGTERM and SIGINT. Exit codes: 0 after a good
 * stop, 78 when the configuration cannot be used (every problem is named at once), 1 for everything else.
 */
export async function runShell<Started>(
  own: NodeJS.Process,
  { name, needs, start, ready }: ShellOptions<Started>,
): Promise<void> {
  const configuration = configurationOrExit(own, needs);
  const scrubber = createScrubber();
  const logger = createLogger({
    name,
    level: configuration.logLevel,
    pretty: own.stdout.isTTY,
    scrubber,
  });
  const lifecycle = createLifecycle({ deadlineMs: DEADLINE_MS, logger });
  const shell = { name, configuration, environment: own.env, lifecycle, logger, scrubber };
  stopOnSignals(lifecycle, own);
  own.on('unhandledRejection', (err) =>
    endBecause(shell, { err }, 'Something broke that nobody was waiting for: Daymark ends.'),
  );
  // Whoever asked for a stop meanwhile ends the process, once everything has stopped.
  const asked = { toStop: false };
  const begin = (): Promise<Started> =>
    start(shell).catch((fault: unknown) => {
      asked.toStop = lifecycle.signal.aborted;
      throw fault;
    });
  try {
    const started = await startAll(lifecycle, begin);
    if (!lifecycle.signal.aborted) ready(started, shell);
  } catch (err) {
    if (asked.toStop) return;
    logger.fatal({ err }, 'Daymark could not be started.');
    own.exit(isMisconfigured(err) ? EXIT_CONFIGURATION : EXIT_FAILED);
  }
}

/** What went wrong while stopping may have been put around it. */
function isMisconfigured(fault: unknown): boolean {
  return fault instanceof Misconfigured || (fault instanceof Error && fault.cause instanceof Misconfigured);
}

function configurationOrExit(own: NodeJS.Process, needs: Needs | undefined): Configuration {
  try {
    return readConfiguration(own.env, needs);
  } catch (fault) {
    if (!isFault(fault, 'CONFIGURATION_INVALID')) throw fault;
    own.stderr.write(`Daymark is not configured right:\n${fault.message}\n`);
    own.exit(EXIT_CONFIGURATION);
  }
}
