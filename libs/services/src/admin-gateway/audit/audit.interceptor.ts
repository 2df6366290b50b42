import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Response } from 'express';
import { lastValueFrom, of, type Observable } from 'rxjs';
import type { GatewayRequest } from '../http/gateway-request';
import { CLOCK, type Clock } from '../parts';
import { AuditTrail } from './audit-trail';
import { entryOf } from './entry-of';

/** Keeps every command that was carried out, before it is answered. */
@Injectable()
export class AuditInterceptor implements NestInterceptor {
  constructor(
    @Inject(AuditTrail) private readonly trail: AuditTrail,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    if (request.method === 'GET' || request.method === 'HEAD') return next.handle();
    const body: unknown = await lastValueFrom(next.handle(), { defaultValue: undefined });
    const status = http.getResponse<Response>().statusCode;
    const position = positionIn(body);
    await this.trail.command(
      entryOf(request, { at: this.clock(), kind: 'command', status, code: null, position }),
    );
    return of(body);
  }
}

function positionIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('position' in body)) return null;
  return typeof body.position === 'string' ? body.position : null;
}
