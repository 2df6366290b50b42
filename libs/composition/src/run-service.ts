import type { Needs } from '@daymark/platform';
import { untilDatabaseAnswers } from './database';
import { openDoor } from './door';
import { openFoundation, type Foundation } from './foundation';
import { openMetrics } from './measuring';
import { runShell } from './run-shell';
import { Misconfigured, type Shell } from './shell';

/** The services that are processes of their own. */
export type ServiceName = 'source-polling' | 'sync-execution' | 'scheduling' | 'admin-gateway';

/** Where its neighbours are: no service does without. */
const NEIGHBOURS: Needs = [['DATABASE_URL'], ['NATS_URL']];
/** Nobody could sign in otherwise: a password that one of several replicas made up is in nobody's hands. */
const ADMINISTRATOR: Needs = [['DAYMARK_ADMIN_PASSWORD', 'DAYMARK_JWT_ISSUER']];

/**
 * Runs one service as a process. Health is answered first; then it waits for its database, opens the room, and is ready.
 * Liveness depends on no neighbour.
 */
export async function runService(
  process: NodeJS.Process,
  name: ServiceName,
  open: (foundation: Foundation) => Promise<unknown>,
): Promise<void> {
  await runShell(process, {
    name,
    needs: name === 'admin-gateway' ? [...NEIGHBOURS, ...ADMINISTRATOR] : NEIGHBOURS,
    start: (shell) => startService(shell, open),
    ready: ({ url }, { logger }) => logger.info({ url }, 'Daymark is ready.'),
  });
}

async function startService(
  shell: Shell,
  open: (foundation: Foundation) => Promise<unknown>,
): Promise<{ url: string }> {
  const metrics = openMetrics();
  const door = await openDoor(shell, metrics);
  const url = shell.configuration.databaseUrl?.reveal();
  if (url === undefined) throw new Misconfigured('DATABASE_URL is missing.');
  await untilDatabaseAnswers(url, shell);
  await open(await openFoundation(shell, { door, metrics, url }));
  door.opened();
  return { url: door.url };
}
