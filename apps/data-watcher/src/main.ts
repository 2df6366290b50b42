/**
 * The reference source as a process of its own: fills its table, tells its parent `{ ready: true }`, and lets flows
 * happen until the parent goes or a signal comes. `main clean`, or the message `clean` (answered with `{ cleaned }`), runs its
 * cleaner.
 */
import { createLogger, createScrubber } from '@daymark/platform';
import { Pool } from 'pg';
import { type Configuration, readConfiguration } from './configuration';
import type { FlowsPlace } from './flow-table';
import { createDataWatcher, runCleaner } from './watcher';

const exitCodes = { failed: 1, misconfigured: 78 } as const;

/** How long what is in hand may take once the process is asked to end. */
const deadlineMs = 10_000;

const scrubber = createScrubber();
const logger = createLogger({ name: 'data-watcher', level: 'info', pretty: false, scrubber });

async function main(): Promise<void> {
  const stopping = stopWithParentOrSignal();
  const configuration = readConfiguration(process.env);
  if ('problems' in configuration) {
    for (const problem of configuration.problems) process.stderr.write(`data-watcher: ${problem}\n`);
    process.exitCode = exitCodes.misconfigured;
  } else {
    await withDatabase(configuration, (place) => work(configuration, place, stopping));
  }
  if (process.connected) process.disconnect();
}

async function work(configuration: Configuration, place: FlowsPlace, stopping: AbortSignal): Promise<void> {
  const clean = async (): Promise<void> => {
    const { retentionDays } = configuration;
    const cleaned = await runCleaner({ place, now: Date.now(), retentionDays });
    logger.info({ ...cleaned, retentionDays }, 'the cleaner ran');
    tellParent({ cleaned });
  };
  if (process.argv[2] === 'clean') {
    await clean();
    return;
  }
  const { seed, everySeconds, rates } = configuration;
  const watcher = createDataWatcher({ place, seed, clock: () => Date.now(), everySeconds, rates, logger });
  await watcher.prepare();
  process.on('message', (message) => {
    if (message === 'clean') clean().catch(failed);
  });
  tellParent({ ready: true });
  await watcher.run(stopping);
}

async function withDatabase(
  configuration: Configuration,
  use: (place: FlowsPlace) => Promise<void>,
): Promise<void> {
  const { databaseUrl, schema, timeZone } = configuration;
  scrubber.registerSecret(databaseUrl);
  scrubber.registerSecret(decodeURIComponent(new URL(databaseUrl).password));
  const pool = new Pool({ connectionString: databaseUrl, max: 2, application_name: 'data-watcher' });
  pool.on('error', (error) => {
    logger.warn({ err: error }, 'an idle connection was lost');
  });
  try {
    await use({ database: pool, schema, timeZone });
  } finally {
    await pool.end();
  }
}

function stopWithParentOrSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
    setTimeout(() => process.exit(exitCodes.failed), deadlineMs).unref();
  };
  process.once('disconnect', stop);
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // The parent's end of the pipe goes with the parent: then there is nobody to tell.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  return controller.signal;
}

/** A parent that goes at this moment is noticed by its own event. */
function tellParent(message: object): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function failed(error: unknown): void {
  logger.error({ err: error }, 'data-watcher failed');
}

main().catch((error: unknown) => {
  failed(error);
  process.exitCode = exitCodes.failed;
  if (process.connected) process.disconnect();
});
