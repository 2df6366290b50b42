import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { GatewayRequest } from '../http/gateway-request';
import { METRICS_ACCESS } from '../parts';
import { AccessGuard } from '../sessions/access.guard';
import { isFromHere, type MetricsAccess } from './metrics-access';

/** Lets in who may read without a session; everybody else needs an administrator's, as everywhere. */
@Injectable()
export class MetricsAccessGuard implements CanActivate {
  constructor(
    @Inject(METRICS_ACCESS) private readonly access: MetricsAccess,
    @Inject(AccessGuard) private readonly sessions: AccessGuard,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    if (this.access === 'open' || isFromHere(request)) return true;
    await this.sessions.admit(context);
    return true;
  }
}
