import { randomUUID } from 'node:crypto';
import { createElements, type Elements } from '@daymark/elements';
import type { EventLog } from '@daymark/event-log';
import { openPostgresEventLog } from '@daymark/event-log/postgres';
import { measurePool, type Metrics } from '@daymark/platform/metrics';
import type { Pool } from 'pg';
import { migrateAll, openPool } from './database';
import type { Door } from './door';
import { tieTogether } from './installation';
import { openMessaging, type Messaging } from './messaging';
import { now, type Shell } from './shell';

/** What every room stands on. */
export interface Foundation {
  readonly shell: Shell;
  readonly door: Door;
  readonly metrics: Metrics;
  readonly pool: Pool;
  readonly log: EventLog;
  readonly elements: Elements;
  readonly messaging: Messaging;
}

/**
 * Opens what every room stands on, and tells readiness and the lifecycle of it: it closes in the reverse order. The
 * database answers already.
 *
 * @throws Misconfigured
 */
export async function openFoundation(
  shell: Shell,
  { door, metrics, url }: { door: Door; metrics: Metrics; url: string },
): Promise<Foundation> {
  const { configuration, lifecycle, logger, scrubber } = shell;
  scrubber.registerSecret(decodeURIComponent(new URL(url).password));
  await migrateAll(url, configuration);
  const pool = openPool(url, lifecycle, logger);
  measurePool(metrics, 'main', pool);
  const log = await openLog(shell, url);
  const elements = createElements({ pool, url, schemas: configuration.schemas });
  lifecycle.started('target', () => elements.close());
  await tieTogether(log, elements, { id: randomUUID(), actor: `system:${shell.name}`, now: now() });
  const messaging = openMessaging(shell, metrics);
  door.readiness.push(
    { name: 'database', check: () => pool.query('SELECT 1').then(() => true) },
    { name: 'event log', check: () => log.head().then(() => true) },
    ...messaging.readiness,
  );
  return { shell, door, metrics, pool, log, elements, messaging };
}

async function openLog({ configuration, lifecycle, logger }: Shell, url: string): Promise<EventLog> {
  const log = await openPostgresEventLog({
    connection: url,
    schema: configuration.schemas.log,
    jitter: Math.random,
    onFault: (err) => logger.warn({ err }, 'The event log is out of reach for now.'),
  });
  lifecycle.started('event log', () => log.close());
  return log;
}
