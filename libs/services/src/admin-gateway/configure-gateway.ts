import type { INestApplication } from '@nestjs/common';
import helmet from 'helmet';
import { correlation } from './http/correlation';
import { jsonBody } from './http/json-body';
import { IDS, type Ids } from './parts';

export const API_PREFIX = 'api/v1';

/**
 * What stands before every route: security headers, correlation, JSON bodies of at most 256 KB and 32 levels, the
 * prefix. Guard, pipe, interceptor and filter come with the module. Call it once, before `init` or `listen`, on an
 * application created with `bodyParser: false`.
 */
export function configureGateway(app: INestApplication): void {
  app.use(helmet());
  app.use(correlation(app.get<Ids>(IDS)));
  for (const handler of jsonBody()) app.use(handler);
  app.setGlobalPrefix(API_PREFIX, { exclude: ['health/live', 'health/ready'] });
}
