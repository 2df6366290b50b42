import {
  Inject,
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { derivedId } from '@daymark/contracts';
import type { Response } from 'express';
import { lastValueFrom, of, type Observable } from 'rxjs';
import { pathOf, type GatewayRequest } from '../http/gateway-request';
import { HttpProblem } from '../http/http-problem';
import { idempotencyKeyOf } from '../http/idempotency-key';
import { CLOCK, IDS, KEPT_ANSWERS, type Clock, type Ids } from '../parts';
import { fingerprintOf } from './fingerprint';
import type { Claim, KeptAnswer, KeptAnswers } from './port';

/** What of an answer beside status and body tells something. */
const keptHeaders = ['location', 'etag'];

/**
 * A POST that names an `Idempotency-Key` is carried out once: repeated, it gets the first answer again, for a day and
 * from any replica. A refusal took no effect, so it is not kept: the same key may try again.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    @Inject(KEPT_ANSWERS) private readonly answers: KeptAnswers,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const claim = await this.claimOf(request);
    if (claim === null) return next.handle();
    const response = http.getResponse<Response>();
    const claimed = await this.answers.claim(claim);
    switch (claimed.kind) {
      case 'claimed':
        request.commandId = derivedId('command', claim.account, claim.key, pathOf(request));
        return of(await this.carryOut(claim, next, response));
      case 'answered':
        return of(repeat(claimed.answer, response));
      case 'other':
        throw new HttpProblem('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key stands for another request.');
      case 'in-flight':
        throw new HttpProblem(
          'IDEMPOTENCY_KEY_IN_FLIGHT',
          'The first request with this key has no answer yet.',
          {
            headers: { 'retry-after': '1' },
          },
        );
    }
  }

  private async claimOf(request: GatewayRequest): Promise<Claim | null> {
    if (request.method !== 'POST' || request.entered === undefined) return null;
    const key = idempotencyKeyOf(request);
    if (key === undefined) return null;
    const account = request.entered.session.user.name;
    const asked = { path: request.originalUrl, body: request.body as unknown };
    const fingerprint = await fingerprintOf(asked, JSON.stringify([account, key]));
    return { account, key, fingerprint, claim: this.ids(), at: this.clock() };
  }

  private async carryOut(claim: Claim, next: CallHandler, response: Response): Promise<unknown> {
    let body: unknown;
    try {
      body = await lastValueFrom(next.handle(), { defaultValue: null });
    } catch (error) {
      await this.answers.release(claim);
      throw error;
    }
    await this.answers.keep(claim, { status: response.statusCode, headers: headersOf(response), body });
    return body;
  }
}

function headersOf(response: Response): Record<string, string> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = response.getHeader(name);
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

function repeat(answer: KeptAnswer, response: Response): unknown {
  response.status(answer.status).set(answer.headers).set('idempotent-replayed', 'true');
  return answer.body;
}
