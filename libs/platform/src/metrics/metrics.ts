import { collectDefaultMetrics, Registry } from 'prom-client';
import { metricDefinitions } from './definitions';
import type { MetricDefinition } from './definition';
import { type GaugeKey, handleOf, type Handles } from './handles';

/** Something that is looked up when somebody asks for the metrics, instead of being told as it happens. */
export interface Collector {
  readonly name: string;
  /** The gauges that it sets and nobody else does: they are cleared before, and stay so when it cannot read. */
  readonly gauges: readonly GaugeKey[];
  /** Reads, and answers with what sets the gauges. It may fail or hang: only its own gauges are missing then. */
  read(): Promise<(handles: Handles) => void>;
}

/** All that a process measures. */
export interface Metrics extends Handles {
  collect(collector: Collector): void;
  /** The type that the text has. */
  readonly contentType: string;
  /**
   * Everything in Prometheus' text format. Never fails, and answers within the collectors' time: what cannot be read is
   * left out, and `daymark_metrics_collector_up` says so. Who asks while an answer is being made gets the same one.
   */
  text(): Promise<string>;
}

export interface MetricsOptions {
  /** Whether the process's own (CPU, memory, event loop, garbage collection) are among them. */
  readonly ofProcess: boolean;
  /** How long one collector may take. */
  readonly collectorMs?: number;
}

const COLLECTOR_MS = 2_000;

/** Metrics of their own: two of them in one process do not meet. */
export function createMetrics({ ofProcess, collectorMs = COLLECTOR_MS }: MetricsOptions): Metrics {
  const registry = new Registry();
  if (ofProcess) collectDefaultMetrics({ register: registry });
  const handles = Object.fromEntries(
    Object.entries<MetricDefinition>(metricDefinitions).map(([key, definition]): [string, unknown] => [
      key,
      handleOf(definition, registry),
    ]),
  ) as Handles;
  const running: (() => Promise<void>)[] = [];
  let inHand: Promise<string> | undefined;

  async function make(): Promise<string> {
    await Promise.all(running.map((run) => run()));
    return registry.metrics();
  }

  return {
    ...handles,
    contentType: registry.contentType,
    collect: (collector) => void running.push(runnerOf(collector, handles, collectorMs)),
    text: () => {
      inHand ??= make().finally(() => {
        inHand = undefined;
      });
      return inHand;
    },
  };
}

/** Looks up once, within the time. A look that hangs is not begun a second time: the next one waits for it. */
function runnerOf(collector: Collector, handles: Handles, ms: number): () => Promise<void> {
  let reading: Promise<(handles: Handles) => void> | undefined;

  function read(): Promise<(handles: Handles) => void> {
    reading ??= (async () => collector.read())().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return async () => {
    const write = await within(ms, read());
    for (const key of collector.gauges) handles[key].clear();
    write?.(handles);
    handles.collectorUp.set({ collector: collector.name }, write === undefined ? 0 : 1);
  };
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
