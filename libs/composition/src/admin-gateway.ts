import { randomUUID } from 'node:crypto';
import type { Configuration } from '@daymark/platform';
import { openGatewayStore, type Issuer } from '@daymark/services/admin-gateway';
import { createViews, keepsUp, startProjection, type Projection, type Views } from '@daymark/views';
import { ensureAdministrator, type Administrator } from './administrator';
import type { Foundation } from './foundation';
import { measuredLog, measureViews } from './measuring';
import { openGateway } from './rooms';
import { now } from './shell';

/**
 * Folds the views and answers REST at the door. Every replica folds: of those that do at once one wins each batch, the
 * others find it done, and whoever is left goes on.
 *
 * `generate` makes the administrator's first password when none is given; null: none is made.
 */
export async function openAdminGateway(
  foundation: Foundation,
  generate: (() => string) | null,
): Promise<Administrator> {
  const { shell, door, metrics, pool, log, elements, messaging } = foundation;
  const { configuration, lifecycle, logger } = shell;
  const { views, projection } = await openViews(foundation);
  door.readiness.push({ name: 'views', check: async () => keepsUp(await projection.lag(now())) });
  const store = await openGatewayStore({ pool, schema: configuration.schemas.operations });
  const administrator = await ensureAdministrator(store.accounts, configuration, generate);
  const parts = {
    views,
    elements,
    messenger: messaging.messenger,
    store,
    issuer: issuerIn(configuration),
    showDocs: configuration.docs,
    eventLog: log,
    clock: now,
    ids: randomUUID,
    logger: logger.child({ room: 'admin-gateway' }),
    readiness: door.readiness,
    metrics,
    metricsAccess: configuration.metrics,
  };
  lifecycle.started('admin-gateway', await openGateway(parts, { door, edge: configuration, logger }));
  return administrator;
}

function issuerIn(configuration: Configuration): Issuer | null {
  const { jwtIssuer: issuer, jwtAudience: audience, jwtJwksUrl: jwksUrl } = configuration;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return null;
  return { issuer, audience, jwksUrl, rolesClaim: configuration.jwtRolesClaim };
}

async function openViews({
  shell: { configuration, lifecycle, logger },
  pool,
  log,
  metrics,
}: Foundation): Promise<{ views: Views; projection: Projection }> {
  const schema = configuration.schemas.views;
  const projection = await startProjection({
    log: measuredLog(log, metrics, 'views'),
    pool,
    schema,
    jitter: Math.random,
    onFault: (err) => {
      metrics.projectionFaults.add({ projection: 'views' });
      logger.warn({ err }, 'The views stand still for now.');
    },
    onUnknownEvent: (event) => {
      metrics.projectionUnknownEvents.add({ projection: 'views' });
      logger.warn({ event }, 'An event of a later version was passed over.');
    },
  });
  lifecycle.started('views', () => projection.stop());
  measureViews(metrics, log, projection);
  return { views: createViews({ pool, schema, projection }), projection };
}
