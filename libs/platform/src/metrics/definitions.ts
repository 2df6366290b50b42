import { gatewayDefinitions } from './definitions/gateway';
import { logDefinitions } from './definitions/log';
import { runDefinitions } from './definitions/runs';
import { sourceDefinitions } from './definitions/sources';

/** Every metric of Daymark's own, by the name that the code uses. */
export const metricDefinitions = {
  ...sourceDefinitions,
  ...runDefinitions,
  ...logDefinitions,
  ...gatewayDefinitions,
} as const;

export type MetricKey = keyof typeof metricDefinitions;
