/** Nest applications: one for each room that answers messages, one for the admin gateway. */
import type { RequestListener } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DynamicModule, LoggerService, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CustomTransportStrategy, MicroserviceOptions } from '@nestjs/microservices';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { prepareHandlers } from '@daymark/messaging';
import { nestLogger, type Logger } from '@daymark/platform';
import {
  adminGatewayModule,
  configureGateway,
  type GatewayEdge,
  type GatewayParts,
} from '@daymark/services/admin-gateway';
import { boundedLines } from './bounded-lines';
import type { Door } from './door';
import type { Shell } from './shell';

/** Nest tells every route at the level of news; only what is wrong is worth a line. */
function quietNest(logger: Logger, room: string): LoggerService {
  return nestLogger(logger.child({ room }, { level: logger.isLevelEnabled('debug') ? 'debug' : 'warn' }));
}

/** A service that answers messages. */
export interface Room {
  readonly name: string;
  readonly module: Type | DynamicModule;
}

interface HandlerFault {
  readonly subject: string;
  readonly cause: unknown;
}

/** What every transport is told of a room. */
export interface RoomOptions {
  readonly queue: string;
  readonly onFault: (fault: HandlerFault) => void;
}

/** A subject that is flooded with garbage must not flood the log. */
const STRANGERS = { most: 20, windowMs: 10_000, monotonic: () => performance.now() };

/** Starts a room that answers messages; its stop is told before it listens, as that may take long. */
export async function openRoom(
  { name, module }: Room,
  { lifecycle, logger }: Shell,
  strategy: (options: RoomOptions) => CustomTransportStrategy,
): Promise<void> {
  const onFault = boundedLines<HandlerFault>(STRANGERS, ({ subject, cause }, leftOut) => {
    logger.error({ err: cause, subject, room: name, leftOut }, 'A handler broke.');
  });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(module, {
    strategy: strategy({ queue: name, onFault }),
    logger: quietNest(logger, name),
  });
  prepareHandlers(app, { onFault });
  lifecycle.started(`${name} handlers`, () => app.close());
  await app.listen();
}

/** How long answers in hand and idle connections may take once the gateway stops listening. */
const HTTP_PATIENCE_MS = 5_000;

/** Express on the server that listens already. */
class DoorAdapter extends ExpressAdapter {
  constructor(private readonly door: Door) {
    super();
  }

  override initHttpServer(): void {
    this.setHttpServer(this.door.server);
  }
}

/** Takes the door over; the answer closes it. */
export async function openGateway(
  parts: GatewayParts,
  { door, edge, logger }: { door: Door; edge: GatewayEdge; logger: Logger },
): Promise<() => Promise<void>> {
  const adapter = new DoorAdapter(door);
  const app = await NestFactory.create<NestExpressApplication>(adminGatewayModule(parts), adapter, {
    bodyParser: false,
    logger: quietNest(logger, 'admin-gateway'),
  });
  configureGateway(app, edge);
  await app.init();
  door.handOver(adapter.getInstance<RequestListener>());
  return () => closeGateway(app);
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
