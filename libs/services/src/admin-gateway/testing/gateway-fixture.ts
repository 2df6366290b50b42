import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import type { EventLog } from '@daymark/event-log';
import { createMetrics, type Metrics } from '@daymark/platform/metrics';
import { createTestDatabase } from '@daymark/platform/testing';
import { Pool } from 'pg';
import { hashPassword } from '../accounts/passwords';
import type { Role } from '../accounts/port';
import { adminGatewayModule } from '../admin-gateway.module';
import { configureGateway, gatewayAdapter, type GatewayEdge } from '../configure-gateway';
import { openGatewayStore, type GatewayStore } from '../gateway-store';
import type { GatewayParts, ReadinessCheck } from '../parts';
import { createSessionTokens, type SessionTokens } from '../sessions/session-tokens';
import { createFakeElements, type FakeElements } from './fake-elements';
import { createFakeViews, type FakeViews } from './fake-views';
import { createScriptedMessenger, type ScriptedMessenger } from './scripted-messenger';

export const PASSWORD = 'correct horse battery staple';

/** The gateway in a real Nest application that does not listen, on parts that a spec holds in its hands. */
export interface GatewayFixture {
  readonly app: INestApplication;
  readonly server: Server;
  readonly views: FakeViews;
  readonly elements: FakeElements;
  readonly messenger: ScriptedMessenger;
  readonly log: EventLog;
  readonly clock: { now: string };
  readonly store: GatewayStore;
  readonly pool: Pool;
  /** Schema of the gateway's own tables. */
  readonly schema: string;
  readonly tokens: SessionTokens;
  readonly readiness: ReadinessCheck[];
  readonly metrics: Metrics;
  readonly logged: { level: string; fields: object; message: string }[];
  /** `Bearer …` of the administrator. */
  readonly authorization: string;
  /** `Bearer …` of an account that is made, with the password of all. */
  signedIn(name: string, roles: readonly Role[]): Promise<string>;
  stop(): Promise<void>;
}

/** A database of the spec file's own; each gateway has a schema in it. */
let database: ReturnType<typeof createTestDatabase> | undefined;
let schemas = 0;
/** Cheap, unlike a real one: specs sign in often. */
const hash = hashPassword(PASSWORD, { logN: 4, r: 8, p: 1 });

type Chosen = Partial<Pick<GatewayParts, 'issuer' | 'eventLog' | 'messenger' | 'metricsAccess' | 'showDocs'>>;

export async function startGateway({
  edge,
  beside,
  ...options
}: Chosen & {
  edge?: Partial<GatewayEdge>;
  /** Another replica of this one: on its log and its tables. */
  beside?: GatewayFixture;
} = {}): Promise<GatewayFixture> {
  database ??= createTestDatabase();
  const pool = new Pool({ connectionString: (await database).url, max: 4 });
  pool.on('error', () => undefined);
  schemas += 1;
  const schema = beside?.schema ?? `gateway_${schemas}`;
  const store = await openGatewayStore({ pool, schema });
  const clock = beside?.clock ?? { now: '2026-11-23T12:00:00.000Z' };
  const log = beside?.log ?? createMemoryEventLog();
  const parts = {
    views: createFakeViews(),
    elements: createFakeElements(),
    messenger: createScriptedMessenger(),
    eventLog: log,
    store,
    issuer: null,
    showDocs: true,
    clock: () => clock.now,
    ids: countedIds(beside === undefined ? 8 : 9),
    readiness: [] as ReadinessCheck[],
    metrics: createMetrics({ ofProcess: false }),
    metricsAccess: 'loopback' as const,
  };
  const logged: GatewayFixture['logged'] = [];
  const app = await NestFactory.create(
    adminGatewayModule({ ...parts, logger: loggerInto(logged), ...options }),
    gatewayAdapter(),
    {
      logger: false,
      bodyParser: false,
    },
  );
  configureGateway(app, { corsOrigins: [], trustedProxies: [], ...edge });
  await app.init();
  const tokens = createSessionTokens({ ...store, clock: parts.clock });
  let sessions = 0;
  const signedIn = async (name: string, roles: readonly Role[]): Promise<string> => {
    await pool.query(
      `INSERT INTO ${schema}.accounts (name, password, roles) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [name, await hash, roles],
    );
    sessions += 1;
    const id = `11111111-0000-4000-8000-${String(sessions).padStart(12, '0')}`;
    return `Bearer ${(await tokens.issue(id, name)).token}`;
  };
  return {
    ...{ app, log, clock, tokens, logged, store, pool, schema, signedIn },
    server: app.getHttpServer() as Server,
    views: parts.views,
    elements: parts.elements,
    messenger: parts.messenger,
    readiness: parts.readiness,
    metrics: parts.metrics,
    authorization: await signedIn('administrator', ['administrator']),
    stop: async () => {
      await app.close();
      await pool.end();
    },
  };
}

function countedIds(series: number): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-${series}000-${String(count).padStart(12, '0')}`;
  };
}

function loggerInto(logged: GatewayFixture['logged']) {
  const at = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields, message });
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
