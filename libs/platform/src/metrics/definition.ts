/** What is measured, as it is exposed and as the reference page tells it. */
export interface MetricDefinition {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Each has few values: names of sources, words of ours, patterns of routes. Never an id, a day or an address. */
  readonly labels: readonly string[];
  readonly unit: Unit;
  /** What the number is, in a sentence; also the `# HELP` line. */
  readonly help: string;
  /** What an operator asks when looking at it. */
  readonly question: string;
  /** How the numbers of several replicas become one. */
  readonly across: 'sum' | 'max' | 'min' | 'each';
  /** Of a histogram: upper bounds, ascending. */
  readonly buckets?: readonly number[];
}

/** Base units only. What is counted in things of its own (runs, requests) has those as its unit. */
export type Unit = 'seconds' | 'timestamp' | 'elements' | 'yes-no' | 'things';

export type MetricDefinitions = Readonly<Record<string, MetricDefinition>>;

/** A question answered inside one process up to one that had to connect somewhere. */
export const shortDurations = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A quiet minute's run up to the first copy of years. */
export const longDurations = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 86_400];
