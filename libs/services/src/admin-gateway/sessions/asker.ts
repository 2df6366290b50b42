import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from '../accounts/port';
import type { GatewayRequest } from '../http/gateway-request';

/** Who asks, and under which correlation. */
export interface Asker {
  readonly user: User;
  readonly correlationId: string;
}

/** Only behind the guard: an open route has no asker. */
export function askerOf(request: GatewayRequest): Asker {
  const { user, correlationId } = request;
  if (user === undefined || correlationId === undefined) throw new Error('nobody was let in on this route');
  return { user, correlationId };
}

export const AskedBy = createParamDecorator((_: unknown, context: ExecutionContext): Asker =>
  askerOf(context.switchToHttp().getRequest<GatewayRequest>()),
);
