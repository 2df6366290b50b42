import 'reflect-metadata';
import {
  type Configuration,
  createLifecycle,
  createLogger,
  createScrubber,
  EXIT_CONFIGURATION,
  isFault,
  readConfiguration,
  startAll,
  stopOnSignals,
} from '@daymark/platform';
import { greetingLines } from './greeting';
import { ForeignTarget } from './installation';
import { startStandalone } from './standalone';

/** For stopping everything; below the 30 s that Kubernetes gives. */
const DEADLINE_MS = 25_000;
const EXIT_FAILED = 1;

async function main(): Promise<void> {
  const configuration = configurationOrExit();
  const terminal = process.stdout.isTTY;
  const scrubber = createScrubber();
  const logger = createLogger({
    name: 'standalone',
    level: configuration.logLevel,
    pretty: terminal,
    scrubber,
  });
  const lifecycle = createLifecycle({ deadlineMs: DEADLINE_MS, logger });
  stopOnSignals(lifecycle, process);
  process.on('unhandledRejection', (err) => {
    logger.fatal({ err }, 'Something broke that nobody was waiting for: Daymark ends.');
    void lifecycle.stop().finally(() => process.exit(EXIT_FAILED));
  });
  try {
    const shell = { configuration, environment: process.env, lifecycle, logger, scrubber };
    const greeting = await startAll(lifecycle, () => startStandalone(shell));
    // A log sees where the password is kept, never the password.
    const seen = terminal ? greeting : { ...greeting, password: null };
    if (!terminal) logger.info({ ...seen, password: undefined }, 'Daymark is ready.');
    (terminal ? process.stdout : process.stderr).write(`${greetingLines(seen).join('\n')}\n`);
  } catch (err) {
    logger.fatal({ err }, 'Daymark could not be started.');
    process.exit(err instanceof ForeignTarget ? EXIT_CONFIGURATION : EXIT_FAILED);
  }
}

function configurationOrExit(): Configuration {
  try {
    return readConfiguration(process.env);
  } catch (fault) {
    if (!isFault(fault, 'CONFIGURATION_INVALID')) throw fault;
    process.stderr.write(`Daymark is not configured right:\n${fault.message}\n`);
    process.exit(EXIT_CONFIGURATION);
  }
}

void main();
