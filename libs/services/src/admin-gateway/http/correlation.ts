import type { NextFunction, Response } from 'express';
import type { Ids } from '../parts';
import type { GatewayRequest } from './gateway-request';

export const CORRELATION_HEADER = 'x-correlation-id';

const wellFormed = /^[A-Za-z0-9._:-]{1,64}$/;

/** Takes the caller's correlation id when it can be one, else makes one; answers are not to be kept by caches. */
export function correlation(ids: Ids) {
  return (request: GatewayRequest, response: Response, next: NextFunction): void => {
    const given = request.get(CORRELATION_HEADER) ?? '';
    request.correlationId = wellFormed.test(given) ? given : ids();
    response.setHeader(CORRELATION_HEADER, request.correlationId);
    response.setHeader('cache-control', 'no-store');
    next();
  };
}
