import { Catch, Inject, NotFoundException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Metrics } from '@daymark/platform/metrics';
import type { Response } from 'express';
import { AuditTrail } from '../audit/audit-trail';
import { entryOf } from '../audit/entry-of';
import { countRefusal } from '../metrics/refusals';
import { CLOCK, LOGGER, METRICS, type Clock, type GatewayLogger } from '../parts';
import { allowedMethods } from './allowed-methods';
import { pathOf, type GatewayRequest } from './gateway-request';
import { documentOfProblem, HttpProblem } from './http-problem';
import { toProblem } from './to-problem';

/** Every refusal and every fault leaves as `application/problem+json`; of a fault nothing leaves but its correlation id. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    @Inject(LOGGER) private readonly logger: GatewayLogger,
    @Inject(AuditTrail) private readonly trail: AuditTrail,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw thrown;
    const http = host.switchToHttp();
    const request = http.getRequest<GatewayRequest>();
    const response = http.getResponse<Response>();
    const problem = thrown instanceof NotFoundException ? unrouted(request, thrown) : toProblem(thrown);
    this.note(problem, request);
    countRefusal(this.metrics, problem.code);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const document = documentOfProblem(problem, pathOf(request));
    response.status(problem.status).set(problem.headers).type('application/problem+json');
    response.send(JSON.stringify({ ...document, correlationId: request.correlationId }));
  }

  private note(problem: HttpProblem, request: GatewayRequest): void {
    const fields = {
      code: problem.code,
      status: problem.status,
      method: request.method,
      path: pathOf(request),
      actor: request.entered?.session.user.name ?? null,
      address: request.ip ?? null,
      correlationId: request.correlationId,
    };
    // A probe asks every few seconds: what it is told is no news.
    if (problem.code === 'NOT_READY') {
      this.logger.debug(fields, 'not ready');
      return;
    }
    if (problem.status >= 500) {
      this.logger.error({ ...fields, err: problem.cause }, 'request failed');
      return;
    }
    this.logger.info(fields, 'request refused');
    const { status, code } = problem;
    this.trail.refusal(entryOf(request, { at: this.clock(), kind: 'refusal', status, code, position: null }));
  }
}

function unrouted(request: GatewayRequest, thrown: unknown): HttpProblem {
  const allowed = allowedMethods(request.app, request.path);
  if (allowed.length === 0) return toProblem(thrown);
  const list = allowed.join(', ');
  return new HttpProblem('METHOD_NOT_ALLOWED', `This address takes ${list}, not ${request.method}.`, {
    headers: { allow: list },
  });
}
