import {
  Inject,
  Injectable,
  SetMetadata,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { EventLog } from '@daymark/event-log';
import type { Views } from '@daymark/views';
import type { Observable } from 'rxjs';
import { EVENT_LOG, VIEWS } from '../parts';
import type { GatewayRequest } from './gateway-request';
import { pollutingKeys } from './json-body';
import { HttpProblem, malformed } from './http-problem';
import { positionIn } from './position';

/** How long a read waits for the views, in milliseconds. */
export const READ_WAIT_MS = 5000;

const OWN_QUERY = 'daymark.own-query';

/** The route declares its query as a class, which refuses what it does not name. */
export const OwnQuery = () => SetMetadata(OWN_QUERY, true);

/**
 * A query parameter that nobody reads is refused: a route takes none unless it declares them, and a read takes
 * `atLeast`: it answers once the views are folded up to that position.
 */
@Injectable()
export class QueryInterceptor implements NestInterceptor {
  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(VIEWS) private readonly views: Views,
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'page'>,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    if (context.getType() !== 'http') return next.handle();
    const request = context.switchToHttp().getRequest<GatewayRequest>();
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const { atLeast, ...others } = request.query;
    refuse(Object.keys(others).filter((name) => pollutingKeys.has(name)));
    const own = this.reflector.get<boolean | undefined>(OWN_QUERY, context.getHandler()) === true;
    if (!own) refuse([...Object.keys(others), ...(reads || atLeast === undefined ? [] : ['atLeast'])]);
    if (reads && atLeast !== undefined) await this.wait(atLeast);
    return next.handle();
  }

  private async wait(atLeast: unknown): Promise<void> {
    const position = positionIn(atLeast, 'atLeast');
    await this.log.page(position, 'all', 1);
    if (await this.views.reached(position, READ_WAIT_MS)) return;
    throw new HttpProblem('VIEWS_BEHIND', 'What is shown has not come as far as this position yet.');
  }
}

function refuse(names: readonly string[]): void {
  if (names.length > 0) throw malformed(names.map((path) => ({ path, message: 'is not known here' })));
}
