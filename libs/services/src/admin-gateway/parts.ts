import type { Elements } from '@daymark/elements';
import type { EventLog } from '@daymark/event-log';
import type { Messenger } from '@daymark/messaging';
import type { Metrics } from '@daymark/platform/metrics';
import type { Views } from '@daymark/views';
import type { GatewayStore } from './gateway-store';
import type { MetricsAccess } from './metrics/metrics-access';
import type { Issuer } from './sessions/issuer';

/** The time now, RFC 3339 in UTC. */
export type Clock = () => string;

/** A fresh UUID with every call. */
export type Ids = () => string;

/** Where the gateway says what happened; a pino logger is one. */
export interface GatewayLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Something that must work before commands are accepted. */
export interface ReadinessCheck {
  readonly name: string;
  /** Rejects, or answers false, while it does not. */
  readonly check: () => Promise<boolean>;
}

/** What the gateway reads of the copy itself. */
export type ElementReads = Pick<Elements, 'page'>;

/** All that the gateway stands on. The shell chooses each. */
export interface GatewayParts {
  readonly views: Views;
  readonly elements: ElementReads;
  readonly messenger: Messenger;
  readonly eventLog: Pick<EventLog, 'page' | 'head' | 'subscribe'>;
  readonly store: GatewayStore;
  /** Whose tokens are taken instead of those of local accounts; null: those of local accounts. */
  readonly issuer: Issuer | null;
  /** Whether the API's own description is served. */
  readonly showDocs: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: GatewayLogger;
  readonly readiness: readonly ReadinessCheck[];
  /** What the process measures: shown at `/metrics`, and the gateway's own are among them. */
  readonly metrics: Metrics;
  readonly metricsAccess: MetricsAccess;
}

export const VIEWS = Symbol('daymark.gateway.views');
export const ELEMENTS = Symbol('daymark.gateway.elements');
export const EVENT_LOG = Symbol('daymark.gateway.event-log');
export const ACCOUNTS = Symbol('daymark.gateway.accounts');
export const ATTEMPTS = Symbol('daymark.gateway.attempts');
export const KEPT_ANSWERS = Symbol('daymark.gateway.kept-answers');
export const AUDIT_TABLE = Symbol('daymark.gateway.audit-table');
/** Tells who stands behind a token, whoever gave it. */
export const AUTHENTICATION = Symbol('daymark.gateway.authentication');
/** Sessions of local accounts; null while another issuer's tokens are taken. */
export const LOCAL_SESSIONS = Symbol('daymark.gateway.local-sessions');
export const CLOCK = Symbol('daymark.gateway.clock');
export const IDS = Symbol('daymark.gateway.ids');
export const SHOW_DOCS = Symbol('daymark.gateway.show-docs');
export const LOGGER = Symbol('daymark.gateway.logger');
export const METRICS = Symbol('daymark.gateway.metrics');
export const METRICS_ACCESS = Symbol('daymark.gateway.metrics-access');
export const READINESS = Symbol('daymark.gateway.readiness');
