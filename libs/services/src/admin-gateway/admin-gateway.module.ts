import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { MESSENGER } from '@daymark/messaging';
import { UsersController } from './accounts/users.controller';
import { IdempotencyInterceptor } from './answers/idempotency.interceptor';
import { AuditInterceptor } from './audit/audit.interceptor';
import { AuditTrail } from './audit/audit-trail';
import { AuditController } from './audit/audit.controller';
import { CalendarReads } from './calendar/calendar-reads';
import { CalendarController } from './calendar/calendar.controller';
import { EventStreamController } from './events/event-stream.controller';
import { LiveEvents } from './events/live-events';
import { LogPositions } from './events/log-positions';
import { StreamSessions } from './events/stream-sessions';
import { ElementsController } from './elements/elements.controller';
import { EventsController } from './events/events.controller';
import { HealthController } from './health/health.controller';
import { ProblemFilter } from './http/problem.filter';
import { QueryInterceptor } from './http/query.interceptor';
import { edgePipe } from './http/validation';
import { MetricsController } from './metrics/metrics.controller';
import { DocsController } from './openapi/docs.controller';
import {
  ACCOUNTS,
  ATTEMPTS,
  AUDIT_TABLE,
  AUTHENTICATION,
  CLOCK,
  ELEMENTS,
  EVENT_LOG,
  IDS,
  KEPT_ANSWERS,
  LOCAL_SESSIONS,
  LOGGER,
  METRICS,
  METRICS_ACCESS,
  READINESS,
  SHOW_DOCS,
  VIEWS,
  type GatewayParts,
} from './parts';
import { Commands } from './questions/commands';
import { Questions } from './questions/questions';
import { HistoryReads } from './runs/history-reads';
import { HistoryController } from './runs/history.controller';
import { RunRequestController } from './runs/run-request.controller';
import { RunsController } from './runs/runs.controller';
import { AccessGuard } from './sessions/access.guard';
import { Admission } from './sessions/admission';
import { FailedCredentials } from './sessions/failed-credentials';
import { createIssuedTokens } from './sessions/issued-tokens';
import { createSessionTokens } from './sessions/session-tokens';
import { SessionsController } from './sessions/sessions.controller';
import { SignIn } from './sessions/sign-in';
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
  MetricsController,
  SessionsController,
  UsersController,
  SourceTestController,
  SourcesController,
  SourceChangeController,
  StatusController,
  RunRequestController,
  RunsController,
  HistoryController,
  CalendarController,
  EventStreamController,
  ElementsController,
  EventsController,
  AuditController,
  DocsController,
];

/** Interceptors begin in this order: what is asked of a read, then what was asked before, then what is done now. */
const everywhere: Provider[] = [
  { provide: APP_FILTER, useClass: ProblemFilter },
  AccessGuard,
  { provide: APP_GUARD, useExisting: AccessGuard },
  { provide: APP_INTERCEPTOR, useClass: QueryInterceptor },
  { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
  { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  { provide: APP_PIPE, useFactory: edgePipe },
];

const workers = [
  ...[SignInAttempts, SignIn, FailedCredentials, Admission, AuditTrail],
  ...[Questions, Commands, KnownSources, SourceSituation, StatusReads, CalendarReads, HistoryReads],
  ...[LogPositions, LiveEvents, StreamSessions],
];

/** What the shell hands in, each under its token. */
function handedIn(parts: GatewayParts): Provider[] {
  const { store } = parts;
  const values: readonly (readonly [symbol, unknown])[] = [
    [VIEWS, parts.views],
    [ELEMENTS, parts.elements],
    [MESSENGER, parts.messenger],
    [EVENT_LOG, parts.eventLog],
    [ACCOUNTS, store.accounts],
    [ATTEMPTS, store.attempts],
    [KEPT_ANSWERS, store.answers],
    [AUDIT_TABLE, store.audit],
    [CLOCK, parts.clock],
    [IDS, parts.ids],
    [SHOW_DOCS, parts.showDocs],
    [LOGGER, parts.logger],
    [READINESS, parts.readiness],
    [METRICS, parts.metrics],
    [METRICS_ACCESS, parts.metricsAccess],
  ];
  return [...values.map(([provide, useValue]) => ({ provide, useValue })), ...authentication(parts)];
}

function authentication({ store, issuer, clock, logger }: GatewayParts): Provider[] {
  const local = issuer === null ? createSessionTokens({ ...store, clock }) : null;
  const asked = issuer === null ? local : createIssuedTokens(issuer, { clock, logger });
  return [
    { provide: LOCAL_SESSIONS, useValue: local },
    { provide: AUTHENTICATION, useValue: asked },
  ];
}

/**
 * The admin gateway as one Nest module: it authenticates, checks shape, forwards, and shows what the views hold. The
 * shell chooses its parts, closes them, and calls `configureGateway` before it listens.
 */
export function adminGatewayModule(parts: GatewayParts): DynamicModule {
  return {
    module: AdminGatewayModule,
    controllers,
    providers: [...handedIn(parts), ...workers, ...everywhere],
  };
}
