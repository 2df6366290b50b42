import type { Request } from 'express';
import type { Entered } from '../sessions/admission';

/** What the gateway notes on a request as it passes. */
export interface GatewayRequest extends Request {
  correlationId?: string;
  /** Set by the guard; absent on open routes. */
  entered?: Entered;
  /** Derived from the idempotency key, if there is one. */
  commandId?: string;
}

/** The path without its parameters. */
export function pathOf(request: Request): string {
  return request.originalUrl.split('?', 1)[0] ?? request.originalUrl;
}
