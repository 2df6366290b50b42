/** The services in one process: each a Nest application of its own, on one in-process bus. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { prepareHandlers } from '@daymark/messaging';
import { InProcessServer, type InProcessBus } from '@daymark/messaging/in-process';
import { nestLogger, type Logger } from '@daymark/platform';
import {
  adminGatewayModule,
  configureGateway,
  gatewayAdapter,
  type GatewayEdge,
  type GatewayParts,
} from '@daymark/services/admin-gateway';

/** Nest tells every route at the level of news; only what is wrong is worth a line. */
function quietNest(logger: Logger, room: string): LoggerService {
  return nestLogger(logger.child({ room }, { level: logger.isLevelEnabled('debug') ? 'debug' : 'warn' }));
}

/** Starts a room that answers messages; the answer stops it. */
export async function openRoom(
  bus: InProcessBus,
  room: { name: string; module: Type | DynamicModule },
  logger: Logger,
): Promise<() => Promise<void>> {
  const onFault = (fault: { subject: string; cause: unknown }): void => {
    logger.error({ err: fault.cause, subject: fault.subject, room: room.name }, 'A handler broke.');
  };
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(room.module, {
    strategy: new InProcessServer(bus, { queue: room.name, onFault }),
    logger: quietNest(logger, room.name),
  });
  prepareHandlers(app, { onFault });
  await app.listen();
  return () => app.close();
}

/** How long answers in hand and idle connections may take once the gateway stops listening. */
const HTTP_PATIENCE_MS = 5_000;

export async function openGateway(
  parts: GatewayParts,
  address: GatewayEdge & { host: string; port: number },
  logger: Logger,
): Promise<{ url: string; close: () => Promise<void> }> {
  const app = await NestFactory.create<NestExpressApplication>(adminGatewayModule(parts), gatewayAdapter(), {
    bodyParser: false,
    logger: quietNest(logger, 'admin-gateway'),
  });
  configureGateway(app, address);
  await app.listen(address.port, address.host);
  const { port } = app.getHttpServer().address() as { port: number };
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { url: `http://${host}:${port}`, close: () => closeGateway(app) };
}

async function closeGateway(app: NestExpressApplication): Promise<void> {
  const server = app.getHttpServer();
  const closed = app.close();
  const patience = new AbortController();
  const late = delay(HTTP_PATIENCE_MS, undefined, { signal: patience.signal }).then(
    () => server.closeAllConnections(),
    () => undefined,
  );
  server.closeIdleConnections();
  await closed;
  patience.abort();
  await late;
}
