/** What the rooms measure, after a script of polls and runs. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ElementsFault } from '@daymark/elements';
import { createMetrics, type Metrics } from '@daymark/platform/metrics';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import { EARLIER, openHouse, row, rows, TODAY, until, YESTERDAY, type House } from './house';

let house: House;
let metrics: Metrics;
let source: MemorySource;
let id: string;

beforeEach(async () => {
  house = await openHouse();
  metrics = createMetrics({ ofProcess: false });
  await house.openPolling({ metrics });
  await house.openExecution({ metrics });
  source = house.memory('orders', [
    ...rows(EARLIER, 1, 60),
    ...rows(YESTERDAY, 101, 160),
    ...rows(TODAY, 201, 230),
  ]);
  id = await house.register('orders');
});
afterEach(() => house.close());

/** Every sample, by name and labels. */
async function samples(): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

async function valueOf(sample: string): Promise<number | undefined> {
  return (await samples()).get(`daymark_${sample}`);
}

const pending = (kind: string) => valueOf(`source_pending_elements{source="orders",kind="${kind}"}`);
const held = (kind: string) => valueOf(`source_held_elements{source="orders",kind="${kind}"}`);

describe('a source', () => {
  it('has its pending and held elements by kind, and the age of the oldest day of each', async () => {
    expect([await pending('new'), await pending('changed'), await pending('deleted')]).toEqual([150, 0, 0]);
    // The clock stands at noon of today: the earlier day ended at midnight of yesterday.
    expect(await valueOf('source_oldest_pending_age_seconds{source="orders"}')).toBeCloseTo(36 * 3600, -2);
    await house.run(id);
    expect([await pending('new'), await held('new')]).toEqual([0, 0]);
    expect(await valueOf('source_oldest_pending_age_seconds{source="orders"}')).toBe(0);
    source.put(row(101, YESTERDAY, 'late'));
    source.delete(YESTERDAY, '102');
    source.insert(row(231, TODAY), row(170, YESTERDAY), row(171, YESTERDAY));
    await house.refresh(id);
    expect([await held('new'), await held('changed'), await held('deleted')]).toEqual([2, 1, 1]);
    expect([await pending('new'), await pending('changed'), await pending('deleted')]).toEqual([1, 0, 0]);
    expect(await valueOf('source_oldest_held_age_seconds{source="orders"}')).toBeCloseTo(12 * 3600, -2);
    // What is pending stands on a day that is not over.
    expect(await valueOf('source_oldest_pending_age_seconds{source="orders"}')).toBe(0);
  });

  it('that cannot be read has no numbers at all, not 0; they come back with it', async () => {
    source.failAt({ step: 'census', fault: new SourceFault('SOURCE_UNREACHABLE', 'Away.'), times: 1 });
    await house.refresh(id);
    expect(await valueOf('source_reachable{source="orders"}')).toBe(0);
    for (const name of [...(await samples()).keys()].filter((sample) => sample.includes('source="orders"')))
      expect(name).not.toMatch(/pending|held|unreadable/);
    expect(await valueOf('source_last_census_timestamp_seconds{source="orders"}')).toBeGreaterThan(0);
    expect(await valueOf('polls_total{source="orders",outcome="failed"}')).toBe(1);
    await house.refresh(id);
    expect(await valueOf('source_reachable{source="orders"}')).toBe(1);
    expect(await pending('new')).toBe(150);
  });

  it('tells how old its numbers are, in seconds since 1970', async () => {
    const noon = Date.parse(`${TODAY}T12:00:00Z`) / 1_000;
    const before = await valueOf('source_last_census_timestamp_seconds{source="orders"}');
    expect((before ?? 0) - noon).toBeLessThan(60);
    expect(before).toBeGreaterThanOrEqual(noon);
    house.advance(10);
    await house.refresh(id);
    const after = await valueOf('source_last_census_timestamp_seconds{source="orders"}');
    expect((after ?? 0) - (before ?? 0)).toBeCloseTo(600, -1);
  });

  it('that is removed has no numbers any more', async () => {
    await house.ask('cmd.source-polling.remove-source', { sourceId: id, elements: 'keep' });
    await until(
      async () => (await valueOf('source_reachable{source="orders"}')) === undefined,
      'the source to be gone',
    );
    const left = [...(await samples()).keys()].filter((name) => name.includes('source="orders"'));
    // What was counted stays counted.
    expect(left.filter((name) => !name.startsWith('daymark_polls_total'))).toEqual([]);
  });
});

describe('runs', () => {
  it('are counted by type, trigger and outcome, with their days and elements', async () => {
    await house.run(id);
    source.put(row(201, TODAY, 'changed'));
    source.delete(TODAY, '202');
    source.insert(row(231, TODAY));
    await house.run(id, { type: 'day', day: TODAY, resync: true });
    source.failAt({ step: 'census', fault: new SourceFault('SOURCE_PERMISSION_DENIED', 'No.'), times: 1 });
    await house.run(id, { trigger: { kind: 'slot', actor: 'robot', occurrence: 'x' } });
    await house.run(id, { dryRun: true });
    const all = await samples();
    const ofOrders = (name: string) => all.get(`daymark_${name}`);
    expect(ofOrders('runs_finished_total{type="incremental",trigger="api",outcome="succeeded"}')).toBe(2);
    expect(ofOrders('runs_finished_total{type="day",trigger="api",outcome="succeeded"}')).toBe(1);
    expect(ofOrders('runs_finished_total{type="incremental",trigger="slot",outcome="failed"}')).toBe(1);
    expect(ofOrders('run_duration_seconds_count{type="incremental",outcome="succeeded"}')).toBe(2);
    const elements = (action: string) => ofOrders(`run_elements_total{source="orders",action="${action}"}`);
    expect(
      ['read', 'inserted', 'changed', 'unchanged', 'deleted', 'quarantined', 'withheld'].map(elements),
    ).toEqual([180, 151, 1, 28, 1, 0, 0]);
    expect(ofOrders('run_days_committed_total{source="orders"}')).toBe(4);
    expect([...all.keys()].join('\n')).not.toMatch(/\d{4}-\d\d-\d\d|[0-9a-f]{8}-[0-9a-f]{4}/);
  });

  it('that run and that wait are seen, and since when', async () => {
    expect(await valueOf('runs_running{source="orders"}')).toBe(0);
    const away = new SourceFault('SOURCE_UNREACHABLE', 'Away.', { retryable: true });
    source.failAt({ step: 'elements', fault: away, times: 1_000_000 });
    const { runId } = await house.request(id);
    const { runId: next } = await house.request(id, { type: 'day', day: TODAY, resync: true });
    await until(async () => (await valueOf('runs_running{source="orders"}')) === 1, 'the run to start');
    expect(await valueOf('runs_waiting{source="orders"}')).toBe(1);
    house.advance(90);
    expect(await valueOf('run_longest_running_seconds{source="orders"}')).toBeCloseTo(5400, -2);
    await until(
      async () => ((await valueOf('run_faults_total{code="SOURCE_UNREACHABLE"}')) ?? 0) > 0,
      'a fault',
    );
    expect(await valueOf('source_last_synchronized_timestamp_seconds{source="orders"}')).toBeUndefined();
    source.heal();
    await house.ended(runId);
    await house.ended(next);
    await until(async () => (await valueOf('runs_waiting{source="orders"}')) === 0, 'nothing to wait');
    await until(async () => (await valueOf('runs_running{source="orders"}')) === 0, 'nothing to run');
    expect(await valueOf('run_longest_running_seconds{source="orders"}')).toBeUndefined();
    const success = await valueOf('source_last_synchronized_timestamp_seconds{source="orders"}');
    expect(success).toBeGreaterThan(Date.parse(`${TODAY}T13:29:00Z`) / 1_000);
  });

  it('that are cancelled before they start have an outcome and no duration', async () => {
    const away = new SourceFault('SOURCE_UNREACHABLE', 'Away.', { retryable: true });
    source.failAt({ step: 'elements', fault: away, times: 1_000_000 });
    await house.request(id);
    const { runId } = await house.request(id, { type: 'day', day: TODAY, resync: true });
    await house.ask('cmd.sync-execution.cancel-run', { runId });
    await house.ended(runId);
    expect(await valueOf('runs_finished_total{type="day",trigger="api",outcome="cancelled"}')).toBe(1);
    expect(await valueOf('run_duration_seconds_count{type="day",outcome="cancelled"}')).toBeUndefined();
  });
});

describe('no secret', () => {
  it('of a source that fails is in the metrics', async () => {
    const canary = 'canary-8f2a';
    const url = `postgresql://reader:${canary}@source/db`;
    const leaking = new SourceFault('SOURCE_UNREACHABLE', 'The source did not answer.', {
      retryable: true,
      cause: new Error(`connect ${url}`),
    });
    source.failAt({ step: 'census', fault: leaking, times: 1 });
    await house.refresh(id);
    expect(await valueOf('polls_total{source="orders",outcome="failed"}')).toBe(1);
    expect(await metrics.text()).not.toContain(canary);
  });
});

describe('a target that is away', () => {
  it('leaves an answer with what is known: the poll’s problem is shown, the counters stay', async () => {
    const other = await openHouse();
    const own = createMetrics({ ofProcess: false });
    try {
      let away = false;
      await other.openPolling({
        metrics: own,
        elements: (elements) => ({
          ...elements,
          summaries: (sourceId) =>
            away
              ? Promise.reject(new ElementsFault('TARGET_UNAVAILABLE', 'Away.'))
              : elements.summaries(sourceId),
        }),
      });
      other.memory('orders', rows(TODAY, 1, 3));
      const sourceId = await other.register('orders');
      away = true;
      await other.refresh(sourceId);
      const text = await own.text();
      expect(text).toContain('daymark_source_reachable{source="orders"} 0\n');
      expect(text).not.toContain('daymark_source_pending_elements{');
      expect(text).toMatch(/daymark_polls_total\{source="orders",outcome="succeeded"\} [1-9]/);
      expect(text).toContain('daymark_metrics_collector_up{collector="sources"} 1\n');
    } finally {
      await other.close();
    }
  });
});
