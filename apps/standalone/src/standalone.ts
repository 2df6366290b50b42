/** All services in one process. Parts start in this order and stop in the reverse; the database is the last to go. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createElements, type Elements } from '@daymark/elements';
import type { EventLog } from '@daymark/event-log';
import { openPostgresEventLog } from '@daymark/event-log/postgres';
import type { Messenger } from '@daymark/messaging';
import { createInProcessBus } from '@daymark/messaging/in-process';
import type { Configuration, Lifecycle, Logger, Scrubber } from '@daymark/platform';
import { measurePool, type Metrics } from '@daymark/platform/metrics';
import { openGatewayStore, type Issuer } from '@daymark/services/admin-gateway';
import {
  createLastPollsTable,
  createSourceNames,
  createSourcePolling,
  measureSources,
  pollMeter,
  SourcePollingModule,
  type SourcePolling,
} from '@daymark/services/source-polling';
import {
  createSyncExecution,
  measureRuns,
  runMeter,
  SyncExecutionModule,
} from '@daymark/services/sync-execution';
import { createViews, keepsUp, startProjection, type Projection, type Views } from '@daymark/views';
import type { Pool } from 'pg';
import { ensureAdministrator } from './administrator';
import { connectors } from './connectors';
import {
  migrateAll,
  openDatabase,
  openForReaders,
  openPool,
  readersPassword,
  type Database,
} from './database';
import { DEMO_SOURCE, prepareDemo, registerDemo } from './demo';
import type { Greeting } from './greeting';
import { tieTogether } from './installation';
import { measured, measuredLog, measureViews, openMetrics } from './measuring';
import { openGateway, openRoom } from './rooms';
import { startWatcher } from './watcher-process';

/** Runs at once, over all sources. */
const MAX_RUNS = 4;

export interface Shell {
  readonly configuration: Configuration;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly scrubber: Scrubber;
}

const now = (): string => new Date().toISOString();

export async function startStandalone(shell: Shell): Promise<Greeting> {
  const { configuration, lifecycle, logger } = shell;
  mkdirSync(configuration.home, { recursive: true, mode: 0o700 });
  const database = await openDatabase(configuration, lifecycle, logger);
  shell.scrubber.registerSecret(decodeURIComponent(new URL(database.url).password));
  await migrateAll(database.url, configuration);
  const metrics = openMetrics();
  const pool = openPool(database.url, lifecycle, logger);
  measurePool(metrics, 'main', pool);
  const log = await openLog(shell, database);
  const elements = createElements({ pool, url: database.url, schemas: configuration.schemas });
  lifecycle.started('target', () => elements.close());
  await tieTogether(log, elements, { id: randomUUID(), now: now() });
  const { views, projection } = await openViews(shell, { pool, log, metrics });
  const { messenger, polling } = await openServices(shell, { pool, log, elements, metrics });
  const store = await openGatewayStore({ pool, schema: configuration.schemas.operations });
  const administrator = await ensureAdministrator(store.accounts, configuration, () =>
    randomBytes(18).toString('base64url'),
  );
  const gateway = await openGateway(
    {
      views,
      elements,
      messenger,
      store,
      issuer: issuerIn(configuration),
      showDocs: configuration.docs,
      eventLog: log,
      clock: now,
      ids: randomUUID,
      logger: logger.child({ room: 'admin-gateway' }),
      readiness: readiness(lifecycle, pool, log, projection),
      metrics,
      metricsAccess: configuration.metrics,
    },
    configuration,
    logger,
  );
  lifecycle.started('admin-gateway', gateway.close);
  await startDemo(shell, { database, messenger, polling });
  const targetFile = database.embedded ? await readersFile(shell, pool, database) : null;
  return {
    url: gateway.url,
    administrator,
    password: administrator.created && administrator.file !== null ? keptIn(administrator.file) : null,
    targetFile,
    demo: configuration.demo ? DEMO_SOURCE : null,
  };
}

function issuerIn(configuration: Configuration): Issuer | null {
  const { jwtIssuer: issuer, jwtAudience: audience, jwtJwksUrl: jwksUrl } = configuration;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return null;
  return { issuer, audience, jwksUrl, rolesClaim: configuration.jwtRolesClaim };
}

function keptIn(file: string): string | null {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

async function openLog({ configuration, lifecycle, logger }: Shell, database: Database): Promise<EventLog> {
  const log = await openPostgresEventLog({
    connection: database.url,
    schema: configuration.schemas.log,
    jitter: Math.random,
    onFault: (err) => logger.warn({ err }, 'The event log is out of reach for now.'),
  });
  lifecycle.started('event log', () => log.close());
  return log;
}

async function openViews(
  { configuration, lifecycle, logger }: Shell,
  { pool, log, metrics }: Omit<Stores, 'elements'>,
): Promise<{ views: Views; projection: Projection }> {
  const schema = configuration.schemas.views;
  const projection = await startProjection({
    log: measuredLog(log, metrics, 'views'),
    pool,
    schema,
    jitter: Math.random,
    onFault: (err) => {
      metrics.projectionFaults.add({ projection: 'views' });
      logger.warn({ err }, 'The views stand still for now.');
    },
    onUnknownEvent: (event) => {
      metrics.projectionUnknownEvents.add({ projection: 'views' });
      logger.warn({ event }, 'An event of a later version was passed over.');
    },
  });
  lifecycle.started('views', () => projection.stop());
  measureViews(metrics, log, projection);
  return { views: createViews({ pool, schema, projection }), projection };
}

interface Stores {
  readonly pool: Pool;
  readonly log: EventLog;
  readonly elements: Elements;
  readonly metrics: Metrics;
}

async function openServices(
  shell: Shell,
  { pool, log, elements, metrics }: Stores,
): Promise<{ messenger: Messenger; polling: SourcePolling }> {
  const { configuration, lifecycle, logger } = shell;
  const bus = createInProcessBus();
  lifecycle.started('messaging', () => bus.close());
  const messenger = measured(bus.messenger(), metrics);
  const connector = connectors(configuration, shell.environment, shell.scrubber);
  const onFault = (err: unknown): void => {
    logger.fatal({ err }, 'The event log cannot be followed any more: Daymark ends.');
    void lifecycle.stop().finally(() => process.exit(1));
  };
  const shared = { elements, connector, now, id: randomUUID, onFault };
  const lastPolls = createLastPollsTable(pool, configuration.schemas.operations);
  const polling = createSourcePolling({
    ...shared,
    log: measuredLog(log, metrics, 'source-polling'),
    lastPolls,
    names: createSourceNames(pool, configuration.schemas.operations),
    observer: pollMeter(metrics),
    logger: logger.child({ room: 'source-polling' }),
  });
  lifecycle.started('source-polling', () => polling.stop());
  await polling.start();
  measureSources(metrics, polling);
  const execution = createSyncExecution({
    ...shared,
    log: measuredLog(log, metrics, 'sync-execution'),
    messenger,
    observer: runMeter(metrics),
    random: Math.random,
    pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    logger: logger.child({ room: 'sync-execution' }),
    maxRuns: MAX_RUNS,
  });
  lifecycle.started('sync-execution', () => execution.stop());
  await execution.start();
  measureRuns(metrics, execution);
  const rooms = [
    { name: 'source-polling', module: SourcePollingModule.with(polling) },
    { name: 'sync-execution', module: SyncExecutionModule.with(execution) },
  ];
  for (const room of rooms) lifecycle.started(`${room.name} handlers`, await openRoom(bus, room, logger));
  return { messenger, polling };
}

function readiness(lifecycle: Lifecycle, pool: Pool, log: EventLog, projection: Projection) {
  return [
    { name: 'not stopping', check: () => Promise.resolve(!lifecycle.signal.aborted) },
    { name: 'database', check: () => pool.query('SELECT 1').then(() => true) },
    { name: 'event log', check: () => log.head().then(() => true) },
    { name: 'views', check: async () => keepsUp(await projection.lag(now())) },
  ];
}

async function startDemo(
  shell: Shell,
  parts: { database: Database; messenger: Messenger; polling: SourcePolling },
): Promise<void> {
  const { configuration, lifecycle, logger } = shell;
  if (!configuration.demo) return;
  const place = await prepareDemo(parts.database, configuration);
  const watcher = startWatcher(place, logger.child({ app: 'data-watcher' }));
  lifecycle.started('data-watcher', () => watcher.stop());
  watcher.ready
    .then(() => registerDemo(place, { ...parts, id: randomUUID }))
    .catch((err: unknown) =>
      logger.warn({ err }, 'The demo source could not be registered; the next start tries again.'),
    );
}

async function readersFile(shell: Shell, pool: Pool, { url }: Database): Promise<string> {
  const password = readersPassword(shell.configuration) ?? randomBytes(18).toString('base64url');
  shell.scrubber.registerSecret(password);
  return openForReaders(pool, shell.configuration, { url, password });
}
