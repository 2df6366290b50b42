import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import type { Role, User } from '../accounts/port';
import type { GatewayRequest } from '../http/gateway-request';
import { HttpProblem } from '../http/http-problem';
import { OPEN, ROLES } from './access';
import { Admission } from './admission';

const administrators: readonly Role[] = ['administrator'];

/** Closed by default: a route is open only when it says so. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(Admission) private readonly admission: Admission,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    const marked = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(OPEN, marked) === true) return true;
    await this.admit(context, this.reflector.getAllAndOverride<readonly Role[] | undefined>(ROLES, marked));
    return true;
  }

  /** Notes who asks; throws when there is no session, or not one of those allowed. */
  async admit(context: ExecutionContext, allowed: readonly Role[] = administrators): Promise<void> {
    const http = context.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const entered = await this.admission.of(request, http.getResponse<Response>());
    request.entered = entered;
    requireRole(entered.session.user, allowed);
  }
}

function requireRole(user: User, allowed: readonly Role[]): void {
  if (user.roles.some((role) => allowed.includes(role))) return;
  throw new HttpProblem('FORBIDDEN', `This is for ${allowed.join(', ')} only.`);
}
