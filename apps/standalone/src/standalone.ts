/** All services in one process. Parts start in this order and stop in the reverse; the database is the last to go. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import {
  openAdminGateway,
  openDoor,
  openForReaders,
  openFoundation,
  openMetrics,
  openScheduling,
  openSourcePolling,
  openSyncExecution,
  readersPassword,
  type Foundation,
  type Shell,
} from '@daymark/composition';
import type { SourcePolling } from '@daymark/services/source-polling';
import { openDatabase, type Database } from './database';
import { DEMO_SOURCE, prepareDemo, registerDemo } from './demo';
import type { Greeting } from './greeting';
import { startWatcher } from './watcher-process';

export async function startStandalone(shell: Shell): Promise<Greeting> {
  const { configuration } = shell;
  mkdirSync(configuration.home, { recursive: true, mode: 0o700 });
  const database = await openDatabase(shell);
  const metrics = openMetrics();
  const door = await openDoor(shell, metrics);
  const foundation = await openFoundation(shell, { door, metrics, url: database.url });
  const polling = await openSourcePolling(foundation);
  await openSyncExecution(foundation);
  await openScheduling(foundation);
  const administrator = await openAdminGateway(foundation, () => randomBytes(18).toString('base64url'));
  await startDemo(foundation, { database, polling });
  const targetFile = database.embedded ? await readersFile(foundation, database) : null;
  door.opened();
  return {
    url: door.url,
    administrator,
    password: administrator.created && administrator.file !== null ? keptIn(administrator.file) : null,
    targetFile,
    demo: configuration.demo ? DEMO_SOURCE : null,
  };
}

function keptIn(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

async function startDemo(
  { shell, messaging: { messenger } }: Foundation,
  parts: { database: Database; polling: SourcePolling },
): Promise<void> {
  const { configuration, lifecycle, logger } = shell;
  if (!configuration.demo) return;
  const place = await prepareDemo(parts.database, configuration);
  const watcher = startWatcher(place, logger.child({ app: 'data-watcher' }));
  lifecycle.started('data-watcher', () => watcher.stop());
  watcher.ready
    .then(() => registerDemo(place, { messenger, polling: parts.polling, id: randomUUID }))
    .catch((err: unknown) =>
      logger.warn({ err }, 'The demo source could not be registered; the next start tries again.'),
    );
}

async function readersFile({ shell, pool }: Foundation, { url }: Database): Promise<string> {
  const password = readersPassword(shell.configuration) ?? randomBytes(18).toString('base64url');
  shell.scrubber.registerSecret(password);
  return openForReaders(pool, shell.configuration, { url, password });
}
