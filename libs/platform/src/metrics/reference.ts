import type { MetricDefinition, MetricDefinitions, Unit } from './definition';
import { gatewayDefinitions } from './definitions/gateway';
import { logDefinitions } from './definitions/log';
import { runDefinitions } from './definitions/runs';
import { sourceDefinitions } from './definitions/sources';

const head = `# Metrics

\`GET /metrics\` on the admin gateway answers in Prometheus' text format, within about two seconds whatever is out of reach.
Without a session it answers only a peer on the loopback interface that did not come through a proxy; \`DAYMARK_METRICS=open\`
opens it to everybody who reaches the port. Everybody else needs an administrator's session.
This page is generated from the code (\`node tools/metrics-page.mjs\`).

What is not known is absent, never 0: a source that cannot be read has no pending elements in the answer, and
\`daymark_source_reachable\` says why. \`daymark_metrics_collector_up\` is 0 where something could not be looked up.

Several replicas tell the same of what they share, so their numbers must not be added up: _Replicas_ says how to put
them together, for example \`max by (source, kind) (daymark_source_pending_elements)\`. Counters and histograms start at 0 with each
process. Labels have few values: sources by name, routes by pattern; never an id, a day, an address or a secret. Beside these
there are the process's own, \`process_…\` and \`nodejs_…\`, under the names that Prometheus' client for Node.js gives them.

## Alarms to begin with

- Something waits for longer than a day: \`max by (source) (daymark_source_oldest_pending_age_seconds) > 86400\`
- Late data that nobody decided on: \`sum by (source) (max by (source, kind) (daymark_source_held_elements)) > 0\`
- The source cannot be read: \`min by (source) (daymark_source_reachable) == 0\`
- The numbers are old: \`time() - max by (source) (daymark_source_last_census_timestamp_seconds) > 3600\`
- A run failed: \`sum by (type, trigger) (increase(daymark_runs_finished_total{outcome="failed"}[1h])) > 0\`
- A run is stuck: \`max by (source) (daymark_run_longest_running_seconds) > 6 * 3600\`
- Something was quarantined or withheld: \`sum by (source) (increase(daymark_run_elements_total{action=~"quarantined|withheld"}[1h])) > 0\`
- People see old data: \`min by (projection) (daymark_projection_lag_seconds) > 10\`
- Something broke here: \`sum(increase(daymark_http_refusals_total{code="INTERNAL"}[10m])) > 0\`
`;

const groups: readonly (readonly [title: string, definitions: MetricDefinitions])[] = [
  ['Sources and polls', sourceDefinitions],
  ['Runs', runDefinitions],
  ['Event log, views and messages', logDefinitions],
  ['Interface and process', gatewayDefinitions],
];

const units: Record<Unit, string> = {
  seconds: 'seconds',
  timestamp: 'seconds since 1970-01-01T00:00:00Z',
  elements: 'elements',
  'yes-no': '1 (yes) or 0 (no)',
  things: 'a count',
};

const acrossReplicas: Record<MetricDefinition['across'], string> = {
  sum: 'add up',
  max: 'take the largest',
  min: 'take the smallest',
  each: 'look at each',
};

/** The reference page of every metric, as Markdown. */
export function metricsReference(): string {
  return [
    head,
    ...groups.flatMap(([title, group]) => [`## ${title}\n`, ...Object.values(group).map(section)]),
  ].join('\n');
}

function section({ name, type, labels, unit, help, question, across, buckets }: MetricDefinition): string {
  const lines = [
    `- Type: ${type}${buckets === undefined ? '' : `, up to ${buckets.join(', ')}`}`,
    `- Unit: ${units[unit]}`,
    `- Labels: ${labels.length === 0 ? 'none' : labels.map((label) => `\`${label}\``).join(', ')}`,
    `- Replicas: ${acrossReplicas[across]}`,
  ];
  return `### \`${name}\`\n\n_${question}_\n\n${help}\n\n${lines.join('\n')}\n`;
}
