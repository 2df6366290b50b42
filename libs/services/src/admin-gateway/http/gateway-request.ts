import type { Request } from 'express';
import type { User } from '../accounts/port';

/** What the gateway notes on a request as it passes. */
export interface GatewayRequest extends Request {
  correlationId?: string;
  /** Set by the guard; absent on open routes. */
  user?: User;
}

/** The path without its parameters. */
export function pathOf(request: Request): string {
  return request.originalUrl.split('?', 1)[0] ?? request.originalUrl;
}
