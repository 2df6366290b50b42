export type { MetricDefinition } from './definition';
export { metricDefinitions } from './definitions';
export type { Counter, Gauge, Handles, Histogram } from './handles';
export {
  eventLogMeter,
  type FoldedLog,
  measurePool,
  measureProjection,
  messagingMeter,
  type PoolFigures,
} from './meters';
export { type Collector, createMetrics, type Metrics, type MetricsOptions } from './metrics';
export { metricsReference } from './reference';
