import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { User } from '../accounts/port';
import type { GatewayRequest } from '../http/gateway-request';
import type { Entered } from './admission';

/** Who asks, and under which correlation. */
export interface Asker {
  readonly user: User;
  readonly correlationId: string;
  /** A person at the console, or a program with a token. */
  readonly kind: 'person' | 'api';
  /** With an idempotency key a repetition is the same command; without one each is its own. */
  readonly commandId: string | undefined;
}

/** Only behind the guard: an open route has no asker. */
export function askerOf(request: GatewayRequest): Asker {
  const { correlationId, commandId } = request;
  const { session, via } = enteredOf(request);
  if (correlationId === undefined) throw new Error('the request has no correlation id');
  return { user: session.user, correlationId, commandId, kind: via === 'cookie' ? 'person' : 'api' };
}

export function enteredOf({ entered }: GatewayRequest): Entered {
  if (entered === undefined) throw new Error('nobody was let in on this route');
  return entered;
}

export const AskedBy = createParamDecorator((_: unknown, context: ExecutionContext): Asker =>
  askerOf(context.switchToHttp().getRequest<GatewayRequest>()),
);
