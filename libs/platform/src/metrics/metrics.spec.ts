import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { MetricDefinition } from './definition';
import { metricDefinitions } from './definitions';
import { eventLogMeter, measurePool, measureProjection, messagingMeter } from './meters';
import { createMetrics, type Metrics } from './metrics';
import { metricsReference } from './reference';

const definitions = Object.values<MetricDefinition>(metricDefinitions);

function quietMetrics(collectorMs = 50): Metrics {
  return createMetrics({ ofProcess: false, collectorMs });
}

/** The sample lines of one metric. */
async function samples(metrics: Metrics, name: string): Promise<string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
}

describe('the table of metrics', () => {
  it.each(definitions)('names $name as the convention says', ({ name, type, unit, labels, buckets }) => {
    expect(name).toMatch(/^daymark_[a-z]+(_[a-z]+)+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    expect(name).not.toMatch(/_(count|sum|bucket|info|ms|millis|minutes|milliseconds|kb|percent)(_total)?$/);
    const suffix = { seconds: '_seconds', timestamp: '_timestamp_seconds', elements: '_elements' } as const;
    if (unit === 'yes-no') expect([type, /_(up|reachable)$/.test(name)]).toEqual(['gauge', true]);
    else if (unit !== 'things') expect(name.replace(/_total$/, '').endsWith(suffix[unit])).toBe(true);
    else expect(name).not.toMatch(/_(seconds|elements|bytes)(_total)?$/);
    for (const label of labels) expect(label).toMatch(/^[a-z][a-z_]*$/);
    expect(buckets === undefined).toBe(type !== 'histogram');
    expect(buckets ?? []).toEqual([...(buckets ?? [])].sort((a, b) => a - b));
  });

  it('has each name once, and no label that grows without end', () => {
    expect(new Set(definitions.map(({ name }) => name)).size).toBe(definitions.length);
    const labels = new Set(definitions.flatMap((definition) => definition.labels));
    for (const endless of [
      'run',
      'run_id',
      'day',
      'path',
      'key',
      'id',
      'correlation_id',
      'actor',
      'address',
    ]) {
      expect(labels).not.toContain(endless);
    }
    for (const { buckets, labels: own } of definitions) {
      if (buckets !== undefined) expect(own).not.toContain('source');
    }
  });

  it('is exposed whole, with help and type', async () => {
    const text = await quietMetrics().text();
    for (const { name, type, help } of definitions) {
      expect(text).toContain(`# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`);
    }
    expect(text.match(/^# TYPE /gm)).toHaveLength(definitions.length);
  });

  it('is documented whole: each with its question', () => {
    const page = readFileSync(join(__dirname, '../../../../docs/metrics.md'), 'utf8');
    expect(page).toBe(metricsReference());
    for (const { name, question } of definitions) {
      expect(page).toContain(`### \`${name}\`\n\n_${question}_\n`);
      expect(question).toMatch(/\?$/);
    }
  });
});

describe('createMetrics', () => {
  it('keeps two of a process apart', async () => {
    const [one, other] = [quietMetrics(), quietMetrics()];
    one.runDays.add({ source: 'orders' }, 3);
    expect(await samples(one, 'daymark_run_days_committed_total')).toEqual([
      'daymark_run_days_committed_total{source="orders"} 3',
    ]);
    expect(await samples(other, 'daymark_run_days_committed_total')).toEqual([]);
  });

  it('tells the process’s own beside ours', async () => {
    const text = await createMetrics({ ofProcess: true }).text();
    expect(text).toContain('# TYPE process_cpu_user_seconds_total counter');
    expect(text).toContain('# TYPE nodejs_eventloop_lag_seconds gauge');
  });

  it('drops a number that is none instead of breaking what is measured', async () => {
    const metrics = quietMetrics();
    metrics.runDays.add({ source: 'orders' }, -1);
    metrics.runDays.add({ source: 'orders' }, NaN);
    metrics.pollDuration.observe({ outcome: 'succeeded' }, Infinity);
    metrics.runsRunning.set({ source: 'orders' }, NaN);
    metrics.httpEventStreamClients.move({}, NaN);
    expect(await samples(metrics, 'daymark_run_days_committed_total')).toEqual([]);
    expect(await samples(metrics, 'daymark_poll_duration_seconds_count')).toEqual([]);
    expect(await samples(metrics, 'daymark_runs_running')).toEqual([]);
    expect(await samples(metrics, 'daymark_http_event_stream_clients')).toEqual([
      'daymark_http_event_stream_clients 0',
    ]);
  });

  it('escapes what a label holds', async () => {
    const metrics = quietMetrics();
    metrics.runFaults.add({ code: 'a"b\\c\nd' });
    expect(await samples(metrics, 'daymark_run_faults_total')).toEqual([
      'daymark_run_faults_total{code="a\\"b\\\\c\\nd"} 1',
    ]);
  });
});

describe('a collector', () => {
  const running = 'daymark_runs_running';
  const up = 'daymark_metrics_collector_up';

  it('is read with every answer; what it says no longer is gone', async () => {
    const metrics = quietMetrics();
    const sources = ['orders', 'flows'];
    metrics.collect({
      name: 'runs',
      gauges: ['runsRunning'],
      read: () =>
        Promise.resolve(({ runsRunning }) => {
          for (const source of sources) runsRunning.set({ source }, 1);
        }),
    });
    expect(await samples(metrics, running)).toHaveLength(2);
    sources.pop();
    expect(await samples(metrics, running)).toEqual([`${running}{source="orders"} 1`]);
    expect(await samples(metrics, up)).toEqual([`${up}{collector="runs"} 1`]);
  });

  it.each<[string, () => Promise<never>]>([
    ['rejects', () => Promise.reject(new Error('connection lost: postgresql://me:canary@db'))],
    [
      'throws',
      () => {
        throw new Error('canary');
      },
    ],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('that %s costs its own gauges only, and says nothing of why', async (_how, breaking) => {
    const metrics = quietMetrics();
    let broken = false;
    metrics.collect({
      name: 'runs',
      gauges: ['runsRunning'],
      read: () =>
        broken ? breaking() : Promise.resolve(({ runsRunning }) => runsRunning.set({ source: 'orders' }, 1)),
    });
    metrics.collect({
      name: 'others',
      gauges: ['runsWaiting'],
      read: () => Promise.resolve(({ runsWaiting }) => runsWaiting.set({ source: 'orders' }, 2)),
    });
    expect(await samples(metrics, running)).toHaveLength(1);
    broken = true;
    const text = await metrics.text();
    expect(text).not.toContain(`${running}{`);
    expect(text).toContain('daymark_runs_waiting{source="orders"} 2');
    expect(text).toContain(`${up}{collector="runs"} 0`);
    expect(text).toContain(`${up}{collector="others"} 1`);
    expect(text).not.toContain('canary');
  });

  it('that hangs is not begun again by the next answer, and one look serves all who ask at once', async () => {
    const metrics = quietMetrics();
    let looks = 0;
    let finish = (): void => undefined;
    metrics.collect({
      name: 'runs',
      gauges: ['runsRunning'],
      read: () => {
        looks += 1;
        return new Promise((resolve) => {
          finish = () => resolve(({ runsRunning }) => runsRunning.set({ source: 'orders' }, 1));
        });
      },
    });
    await Promise.all([metrics.text(), metrics.text(), metrics.text()]);
    await metrics.text();
    expect(looks).toBe(1);
    const asked = metrics.text();
    finish();
    expect(await asked).toContain(`${running}{source="orders"} 1`);
  });
});

describe('the meters', () => {
  it('count appends by outcome, and events by type', async () => {
    const metrics = quietMetrics();
    const meter = eventLogMeter(metrics, 'views');
    meter.appended(['SyncStarted', 'DaySynchronized', 'DaySynchronized'], 0.004);
    meter.conflicted(0.2);
    meter.failed('LOG_UNAVAILABLE', 40);
    meter.followsFromStart();
    meter.followed(7);
    const text = await metrics.text();
    const duration = 'daymark_event_log_append_duration_seconds';
    for (const line of [
      'daymark_event_log_appended_events_total{type="DaySynchronized"} 2',
      `${duration}_bucket{le="0.0025",outcome="appended"} 0`,
      `${duration}_bucket{le="0.005",outcome="appended"} 1`,
      `${duration}_count{outcome="conflict"} 1`,
      `${duration}_bucket{le="30",outcome="failed"} 0`,
      `${duration}_bucket{le="+Inf",outcome="failed"} 1`,
      'daymark_event_log_append_faults_total{code="LOG_UNAVAILABLE"} 1',
      'daymark_event_log_follows_from_start_total{follower="views"} 1',
      'daymark_event_log_followed_events_total{follower="views"} 7',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
  });

  it('count questions and nudges', async () => {
    const metrics = quietMetrics();
    const meter = messagingMeter(metrics);
    meter.asked('cmd.x', 'timeout', 1);
    meter.nudged('evt.y', 'sent');
    const text = await metrics.text();
    expect(text).toContain('daymark_question_duration_seconds_count{subject="cmd.x",outcome="timeout"} 1\n');
    expect(text).toContain('daymark_nudges_total{subject="evt.y",outcome="sent"} 1\n');
  });

  it('look at pools', async () => {
    const metrics = quietMetrics();
    measurePool(metrics, 'main', { totalCount: 5, idleCount: 2, waitingCount: 9 });
    const text = await metrics.text();
    expect(text).toContain('daymark_database_connections{pool="main",state="idle"} 2\n');
    expect(text).toContain('daymark_database_connections{pool="main",state="in_use"} 3\n');
    expect(text).toContain('daymark_database_waiting_requests{pool="main"} 9\n');
  });

  it('tell the age of what is not folded yet; 0 when all is, nothing when the log does not answer', async () => {
    const metrics = quietMetrics();
    let next: () => Promise<string | null> = () => Promise.resolve('2026-11-20T12:00:00.250Z');
    const asked: (string | null)[] = [];
    measureProjection(metrics, {
      name: 'views',
      log: {
        position: () => '7',
        recordedNext: (position) => {
          asked.push(position);
          return next();
        },
      },
      nowMs: () => Date.parse('2026-11-20T12:00:02Z'),
    });
    const lag = 'daymark_projection_lag_seconds';
    expect(await samples(metrics, lag)).toEqual([`${lag}{projection="views"} 1.75`]);
    next = () => Promise.resolve(null);
    expect(await samples(metrics, lag)).toEqual([`${lag}{projection="views"} 0`]);
    next = () => Promise.reject(new Error('away'));
    expect(await samples(metrics, lag)).toEqual([]);
    expect(asked).toEqual(['7', '7', '7']);
  });
});
