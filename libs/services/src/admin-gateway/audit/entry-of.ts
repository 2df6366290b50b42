import { pathOf, type GatewayRequest } from '../http/gateway-request';
import type { AuditEntry } from './port';

const longestPath = 300;

/** What a request tells of itself. What a path cannot hold as text is left out of it. */
export function entryOf(
  request: GatewayRequest,
  outcome: Pick<AuditEntry, 'at' | 'kind' | 'status' | 'code' | 'position'>,
): AuditEntry {
  return {
    ...outcome,
    actor: request.entered?.session.user.name ?? null,
    via: request.entered?.via ?? null,
    address: request.ip ?? null,
    method: request.method,
    path: pathOf(request).slice(0, longestPath),
    correlationId: request.correlationId ?? null,
    repeated: 1,
  };
}
