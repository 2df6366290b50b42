import type { Metrics } from '@daymark/platform/metrics';
import type { NextFunction, Response } from 'express';
import { pathOf, type GatewayRequest } from '../http/gateway-request';
import type { GatewayLogger } from '../parts';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/**
 * Measures every request and writes one line for it, once its answer was sent or given up: commands at the level of
 * news, reads at that of detail.
 */
export function requestMeter(metrics: Metrics, logger: GatewayLogger) {
  return (request: GatewayRequest, response: Response, next: NextFunction): void => {
    const begun = performance.now();
    response.once('close', () => {
      const ms = performance.now() - begun;
      const route = routeOf(request);
      const { method } = request;
      const status = response.writableFinished ? String(response.statusCode) : 'aborted';
      if (!isStream(response))
        metrics.httpRequestDuration.observe({ method: known(method), route, status }, ms / 1_000);
      const line = { method, route, path: pathOf(request), status, ms: Math.round(ms), ...whoOf(request) };
      if (method === 'GET' || method === 'HEAD') logger.debug(line, 'request answered');
      else logger.info(line, 'command answered');
    });
    next();
  };
}

/** A stream of live events is open as long as its reader likes: that says nothing of how fast we are. */
function isStream(response: Response): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}

function whoOf({ entered, correlationId }: GatewayRequest): object {
  return { actor: entered?.session.user.name ?? null, correlationId };
}

/** A pattern, never the address itself: there is no end of addresses. */
function routeOf(request: GatewayRequest): string {
  const route = request.route as { readonly path?: unknown } | undefined;
  return typeof route?.path === 'string' ? route.path : 'unmatched';
}

function known(method: string): string {
  return methods.has(method) ? method : 'OTHER';
}
