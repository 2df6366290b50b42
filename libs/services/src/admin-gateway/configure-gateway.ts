import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import type { Metrics } from '@daymark/platform/metrics';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { correlation } from './http/correlation';
import { jsonBody } from './http/json-body';
import { requestMeter } from './metrics/request-meter';
import { IDS, LOGGER, METRICS, type GatewayLogger, type Ids } from './parts';

export const API_PREFIX = 'api/v1';

/** What is configured of how the gateway meets the outside. */
export interface GatewayEdge {
  /** Origins whose pages may call the API with a token; the cookie is never theirs to use. */
  readonly corsOrigins: readonly string[];
  /** Addresses and networks whose forwarding headers are believed. */
  readonly trustedProxies: readonly string[];
}

/** What is no part of a version of the API. */
const outside = ['health/live', 'health/ready', 'metrics', 'api/openapi.json', 'api/docs', 'api/docs/:file'];

/** How long a client may take to say what it wants, in milliseconds: slow ones hold a socket no longer. */
const headersMs = 10_000;
const requestMs = 30_000;

/** What the gateway's application is created on. One address for one thing: no other spelling of a path reaches a route. */
export function gatewayAdapter(): ExpressAdapter {
  const instance = express();
  // Express reads these when the first handler comes, and Nest adds one at once.
  instance.enable('case sensitive routing');
  instance.enable('strict routing');
  return new ExpressAdapter(instance);
}

/**
 * What stands before every route: measuring, security headers, correlation, JSON bodies of at most 256 KB and 32 levels, the
 * prefix. Guard, pipe, interceptors and filter come with the module. Call it once, before `init` or `listen`, on an
 * application created on `gatewayAdapter()` with `bodyParser: false`.
 */
export function configureGateway(app: INestApplication, edge: GatewayEdge): void {
  const instance = app.getHttpAdapter().getInstance() as Express;
  instance.set('trust proxy', [...edge.trustedProxies]);
  app.use(requestMeter(app.get<Metrics>(METRICS), app.get<GatewayLogger>(LOGGER)));
  app.use(helmet());
  if (edge.corsOrigins.length > 0) app.enableCors(corsOf(edge.corsOrigins));
  app.use(correlation(app.get<Ids>(IDS)));
  for (const handler of jsonBody()) app.use(handler);
  app.setGlobalPrefix(API_PREFIX, { exclude: outside });
  const server = app.getHttpServer() as Server;
  server.headersTimeout = headersMs;
  server.requestTimeout = requestMs;
}

function corsOf(origins: readonly string[]) {
  return {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'last-event-id',
      'x-correlation-id',
    ],
    exposedHeaders: [
      'etag',
      'location',
      'retry-after',
      'x-correlation-id',
      'daymark-position',
      'idempotent-replayed',
    ],
    credentials: false,
    maxAge: 600,
  };
}
