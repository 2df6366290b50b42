import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Role, User } from '../accounts/port';
import type { GatewayRequest } from '../http/gateway-request';
import { HttpProblem } from '../http/http-problem';
import { OPEN, ROLES } from './access';
import { SESSION_TOKENS, type SessionTokens } from './session-tokens';

const administrators: readonly Role[] = ['administrator'];
const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;

/** Closed by default: a route is open only when it says so. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(SESSION_TOKENS) private readonly tokens: SessionTokens,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const marked = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(OPEN, marked) === true) return true;
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    request.user = await this.userOf(request);
    const allowed = this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES, marked);
    requireRole(request.user, allowed ?? administrators);
    return true;
  }

  private async userOf(request: GatewayRequest): Promise<User> {
    const header = request.headers.authorization;
    if (header === undefined) {
      throw unauthorized('SESSION_REQUIRED', 'This needs a session: POST /api/v1/sessions gives a token.');
    }
    const token = bearer.exec(header)?.[1];
    const user = token === undefined ? null : await this.tokens.verify(token);
    if (user === null) throw unauthorized('SESSION_INVALID', 'The token is not valid, or no longer.');
    return user;
  }
}

export function unauthorized(code: string, detail: string): HttpProblem {
  const error = code === 'SESSION_INVALID' ? ', error="invalid_token"' : '';
  return new HttpProblem(code, detail, { headers: { 'www-authenticate': `Bearer realm="daymark"${error}` } });
}

function requireRole(user: User, allowed: readonly Role[]): void {
  if (user.roles.some((role) => allowed.includes(role))) return;
  throw new HttpProblem('FORBIDDEN', `This is for ${allowed.join(', ')} only.`);
}
