import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import type { EventLog } from '@daymark/event-log';
import type { Accounts } from '../accounts/port';
import { adminGatewayModule } from '../admin-gateway.module';
import { configureGateway } from '../configure-gateway';
import type { ReadinessCheck } from '../parts';
import { createSessionTokens, type SessionTokens } from '../sessions/session-tokens';
import { createFakeViews, type FakeViews } from './fake-views';
import { createScriptedMessenger, type ScriptedMessenger } from './scripted-messenger';

export const PASSWORD = 'correct horse battery staple';

/** The gateway in a real Nest application that does not listen, on parts that a spec holds in its hands. */
export interface GatewayFixture {
  readonly app: INestApplication;
  readonly server: Server;
  readonly views: FakeViews;
  readonly messenger: ScriptedMessenger;
  readonly log: EventLog;
  readonly clock: { now: string };
  readonly tokens: SessionTokens;
  readonly readiness: ReadinessCheck[];
  readonly logged: { level: string; fields: object; message: string }[];
  /** `Bearer …` of the administrator. */
  readonly authorization: string;
  stop(): Promise<void>;
}

export async function startGateway(): Promise<GatewayFixture> {
  const clock = { now: '2026-11-23T12:00:00.000Z' };
  const parts = {
    views: createFakeViews(),
    messenger: createScriptedMessenger(),
    eventLog: createMemoryEventLog(),
    accounts: fakeAccounts(),
    clock: () => clock.now,
    ids: countedIds(),
    readiness: [] as ReadinessCheck[],
  };
  const logged: GatewayFixture['logged'] = [];
  const logger = loggerInto(logged);
  const app = await NestFactory.create(adminGatewayModule({ ...parts, logger }), {
    logger: false,
    bodyParser: false,
  });
  configureGateway(app);
  await app.init();
  const tokens = createSessionTokens(parts.accounts, parts.clock);
  const { token } = await tokens.issue({ name: 'administrator', roles: ['administrator'] });
  return {
    app,
    server: app.getHttpServer() as Server,
    views: parts.views,
    messenger: parts.messenger,
    log: parts.eventLog,
    clock,
    tokens,
    readiness: parts.readiness,
    logged,
    authorization: `Bearer ${token}`,
    stop: () => app.close(),
  };
}

function fakeAccounts(): Accounts {
  return {
    authenticate: (name, password) => {
      const right = name === 'administrator' && password === PASSWORD;
      return Promise.resolve(right ? { name, roles: ['administrator'] } : null);
    },
    ensureAdministrator: () => Promise.resolve({ created: false }),
    signingKey: () => Promise.resolve(new Uint8Array(32).fill(7)),
  };
}

function countedIds(): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
  };
}

function loggerInto(logged: GatewayFixture['logged']) {
  const at = (level: string) => (fields: object, message: string) =>
    void logged.push({ level, fields, message });
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
