/**
 * The bundled live source: data-watcher as a process of its own, registered through the postgres connector like any
 * other source, and synchronized once.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretsDirectory, writeSecretFile } from '@daymark/composition';
import { derivedId, SUBJECTS, type LastPoll, type SourceAnswer } from '@daymark/contracts';
import type { SourceSettings } from '@daymark/domain/source';
import type { Messenger } from '@daymark/messaging';
import type { Configuration } from '@daymark/platform';
import { ensureDatabase } from '@daymark/platform/embedded-postgres';
import type { SourcePolling } from '@daymark/services/source-polling';
import { Client, escapeLiteral } from 'pg';
import type { Database } from './database';

export const DEMO_SOURCE = 'flows';
const DEMO_ZONE = 'Europe/Rome';
const ACTOR = 'system:standalone';

/** Where data-watcher keeps its flows, and how it and Daymark get there. */
export interface DemoPlace {
  /** Holds a password: for the process of data-watcher only. */
  readonly writerUrl: string;
  readonly schema: string;
  readonly timeZone: string;
  /** What Daymark registers; the password is a reference. */
  readonly connector: SourceSettings['connector'];
}

export async function prepareDemo(database: Database, configuration: Configuration): Promise<DemoPlace> {
  return database.embedded
    ? ownDatabase(database.url, configuration)
    : schemaOfGiven(database.url, configuration);
}

/** Its own database of the embedded server, written by one role and read by another. */
async function ownDatabase(serverUrl: string, configuration: Configuration): Promise<DemoPlace> {
  await ensureDatabase(serverUrl, 'data_watcher');
  const password = keptSecret(configuration, 'data-watcher.password');
  const url = new URL(serverUrl);
  url.pathname = '/data_watcher';
  await execute(
    url.toString(),
    `DO $$ BEGIN
       IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'data_watcher') THEN CREATE ROLE data_watcher; END IF;
       IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'daymark_source') THEN CREATE ROLE daymark_source; END IF;
     END $$;
     ALTER ROLE data_watcher LOGIN PASSWORD ${escapeLiteral(password)};
     ALTER ROLE daymark_source LOGIN PASSWORD ${escapeLiteral(password)};
     ALTER DATABASE data_watcher OWNER TO data_watcher;
     ALTER SCHEMA public OWNER TO data_watcher;
     GRANT USAGE ON SCHEMA public TO daymark_source;
     ALTER DEFAULT PRIVILEGES FOR ROLE data_watcher IN SCHEMA public GRANT SELECT ON TABLES TO daymark_source;`,
  );
  url.username = 'data_watcher';
  url.password = password;
  return placeAt({ writerUrl: url.toString(), schema: 'public', reader: 'daymark_source' });
}

/** Schema `demo` of the database that was given. */
async function schemaOfGiven(databaseUrl: string, configuration: Configuration): Promise<DemoPlace> {
  await execute(databaseUrl, 'CREATE SCHEMA IF NOT EXISTS demo');
  const url = new URL(databaseUrl);
  keep(configuration, 'data-watcher.password', decodeURIComponent(url.password));
  return placeAt({ writerUrl: databaseUrl, schema: 'demo', reader: decodeURIComponent(url.username) });
}

function placeAt(place: { writerUrl: string; schema: string; reader: string }): DemoPlace {
  const url = new URL(place.writerUrl);
  url.username = place.reader;
  url.password = '';
  return {
    writerUrl: place.writerUrl,
    schema: place.schema,
    timeZone: DEMO_ZONE,
    connector: {
      type: 'postgres',
      url: url.toString(),
      password: 'file:data-watcher.password',
      table: `${place.schema}.flows`,
      key: ['flow_id'],
      day: { column: 'started_at' },
    },
  };
}

function keptSecret(configuration: Configuration, name: string): string {
  const file = join(secretsDirectory(configuration), name);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  return keep(configuration, name, randomBytes(24).toString('base64url'));
}

function keep(configuration: Configuration, name: string, secret: string): string {
  const directory = secretsDirectory(configuration);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeSecretFile(join(directory, name), secret);
  return secret;
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/**
 * Registers the demo source and synchronizes it once, ever. One that was registered is only told where its database is
 * now; one that somebody removed stays removed.
 */
export async function registerDemo(
  place: DemoPlace,
  deps: { messenger: Messenger; polling: SourcePolling; id: () => string },
): Promise<void> {
  await deps.polling.context.caughtUp();
  const known = deps.polling.context.registry.all().find((source) => source.settings.name === DEMO_SOURCE);
  if (known?.status === 'removed') return;
  const caller = { actor: ACTOR, commandId: deps.id(), correlationId: deps.id() };
  const patience = { timeoutMs: 30_000 };
  if (known === undefined) {
    const asked = { caller, settings: settingsOf(place) };
    const { sourceId } = await deps.messenger.ask<SourceAnswer>(SUBJECTS.registerSource, asked, patience);
    return firstRun(deps, sourceId);
  }
  const isDemo = known.settings.connector.password === place.connector.password;
  if (isDemo && known.settings.connector.url !== place.connector.url) {
    const settings = { ...known.settings, connector: place.connector };
    await deps.messenger.ask(SUBJECTS.changeSource, { caller, sourceId: known.id, settings }, patience);
  }
  if (isDemo) await firstRun(deps, known.id);
}

/** First what is pending is counted, then it is synchronized. The run's id is fixed: asked again, it is the same run. */
async function firstRun(deps: { messenger: Messenger; id: () => string }, sourceId: string): Promise<void> {
  const refresh = { sourceId, waitMs: 25_000 };
  await deps.messenger.ask<LastPoll>(SUBJECTS.refreshStatus, refresh, { timeoutMs: 30_000 });
  const question = {
    caller: { actor: ACTOR, commandId: deps.id(), correlationId: deps.id() },
    runId: derivedId('demo', 'first run', sourceId),
    sourceId,
    type: 'incremental',
    resync: false,
    dryRun: false,
    trigger: { kind: 'api', actor: ACTOR, occurrence: null },
  };
  await deps.messenger.ask(SUBJECTS.requestRun, question, { timeoutMs: 30_000 });
}

function settingsOf(place: DemoPlace): SourceSettings {
  return {
    name: DEMO_SOURCE,
    timeZone: place.timeZone,
    pollingIntervalMinutes: 1,
    lateData: 'hold',
    settleDelayMinutes: 120,
    connector: place.connector,
    cleaner: { retentionDays: 7, runsAt: '03:00', guardMinutes: 60 },
  };
}
