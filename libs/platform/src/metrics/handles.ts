import {
  Counter as PromCounter,
  Gauge as PromGauge,
  Histogram as PromHistogram,
  type Registry,
} from 'prom-client';
import type { metricDefinitions, MetricKey } from './definitions';
import type { MetricDefinition } from './definition';

/** None of these ever throws: measuring must not break what is measured. A number that is none is dropped. */
export interface Counter<Labels> {
  /** By 1 when no amount is given; a negative one is dropped. */
  add(labels: Labels, amount?: number): void;
}

export interface Gauge<Labels> {
  set(labels: Labels, value: number): void;
  move(labels: Labels, by: number): void;
  /** Forgets every value: unknown is absent, not 0. */
  clear(): void;
}

export interface Histogram<Labels> {
  observe(labels: Labels, value: number): void;
}

type Definitions = typeof metricDefinitions;
type LabelsOf<Key extends MetricKey> = Readonly<Record<Definitions[Key]['labels'][number], string>>;
type HandleOf<Key extends MetricKey> = Definitions[Key]['type'] extends 'counter'
  ? Counter<LabelsOf<Key>>
  : Definitions[Key]['type'] extends 'gauge'
    ? Gauge<LabelsOf<Key>>
    : Histogram<LabelsOf<Key>>;

export type Handles = { readonly [Key in MetricKey]: HandleOf<Key> };

/** The definitions that are gauges, by the name that the code uses. */
export type GaugeKey = {
  [Key in MetricKey]: Definitions[Key]['type'] extends 'gauge' ? Key : never;
}[MetricKey];

type Labels = Record<string, string>;

export function handleOf(
  definition: MetricDefinition,
  registry: Registry,
): Counter<Labels> | Gauge<Labels> | Histogram<Labels> {
  switch (definition.type) {
    case 'counter':
      return counter(definition, registry);
    case 'gauge':
      return gauge(definition, registry);
    case 'histogram':
      return histogram(definition, registry);
  }
}

const shared = ({ name, help, labels }: MetricDefinition, registry: Registry) => ({
  name,
  help,
  labelNames: [...labels],
  registers: [registry],
});

function counter(definition: MetricDefinition, registry: Registry): Counter<Labels> {
  const made = new PromCounter(shared(definition, registry));
  return {
    add: (labels, amount = 1) => {
      if (Number.isFinite(amount) && amount >= 0) made.inc(labels, amount);
    },
  };
}

function gauge(definition: MetricDefinition, registry: Registry): Gauge<Labels> {
  const made = new PromGauge(shared(definition, registry));
  const labelled = definition.labels.length > 0;
  return {
    set: (labels, value) => {
      if (Number.isFinite(value)) made.set(labels, value);
    },
    move: (labels, by) => {
      if (Number.isFinite(by)) made.inc(labels, by);
    },
    // A reset gauge without labels would say 0.
    clear: () => (labelled ? made.reset() : made.remove({})),
  };
}

function histogram(definition: MetricDefinition, registry: Registry): Histogram<Labels> {
  const buckets = [...(definition.buckets ?? [])];
  const made = new PromHistogram({ ...shared(definition, registry), buckets });
  return {
    observe: (labels, value) => {
      if (Number.isFinite(value)) made.observe(labels, value);
    },
  };
}
