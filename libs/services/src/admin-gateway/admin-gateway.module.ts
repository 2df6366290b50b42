import { Module, type DynamicModule, type FactoryProvider, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { MESSENGER } from '@daymark/messaging';
import { CalendarReads } from './calendar/calendar-reads';
import { CalendarController } from './calendar/calendar.controller';
import { EventsController } from './events/events.controller';
import { HealthController } from './health/health.controller';
import { ProblemFilter } from './http/problem.filter';
import { QueryInterceptor } from './http/query.interceptor';
import { edgePipe } from './http/validation';
import { ACCOUNTS, CLOCK, EVENT_LOG, IDS, LOGGER, READINESS, VIEWS, type GatewayParts } from './parts';
import { Commands } from './questions/commands';
import { Questions } from './questions/questions';
import { HistoryController } from './runs/history.controller';
import { RunRequestController } from './runs/run-request.controller';
import { RunsController } from './runs/runs.controller';
import { AccessGuard } from './sessions/access.guard';
import { createSessionTokens, SESSION_TOKENS, type SessionTokens } from './sessions/session-tokens';
import { SessionsController } from './sessions/sessions.controller';
import { SignInAttempts } from './sessions/sign-in-attempts';
import { KnownSources } from './sources/known-sources';
import { SourceChangeController } from './sources/source-change.controller';
import { SourceTestController } from './sources/source-test.controller';
import { SourcesController } from './sources/sources.controller';
import { SourceSituation } from './status/source-situation';
import { StatusReads } from './status/status-reads';
import { StatusController } from './status/status.controller';

@Module({})
export class AdminGatewayModule {}

const controllers = [
  HealthController,
  SessionsController,
  SourceTestController,
  SourcesController,
  SourceChangeController,
  StatusController,
  RunRequestController,
  RunsController,
  HistoryController,
  CalendarController,
  EventsController,
];

const everywhere: Provider[] = [
  { provide: APP_FILTER, useClass: ProblemFilter },
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_INTERCEPTOR, useClass: QueryInterceptor },
  { provide: APP_PIPE, useFactory: edgePipe },
];

const sessionTokens: FactoryProvider<SessionTokens> = {
  provide: SESSION_TOKENS,
  useFactory: createSessionTokens,
  inject: [ACCOUNTS, CLOCK],
};

/**
 * The admin gateway as one Nest module: it authenticates, checks shape, forwards, and shows what the views hold. The
 * shell chooses its parts, closes them, and calls `configureGateway` before it listens.
 */
export function adminGatewayModule(parts: GatewayParts): DynamicModule {
  return {
    module: AdminGatewayModule,
    controllers,
    providers: [
      { provide: VIEWS, useValue: parts.views },
      { provide: MESSENGER, useValue: parts.messenger },
      { provide: EVENT_LOG, useValue: parts.eventLog },
      { provide: ACCOUNTS, useValue: parts.accounts },
      { provide: CLOCK, useValue: parts.clock },
      { provide: IDS, useValue: parts.ids },
      { provide: LOGGER, useValue: parts.logger },
      { provide: READINESS, useValue: parts.readiness },
      sessionTokens,
      ...[SignInAttempts, Questions, Commands, KnownSources, SourceSituation, StatusReads, CalendarReads],
      ...everywhere,
    ],
  };
}
