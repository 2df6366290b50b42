import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { layCable, type Cable } from '../../../tools/system/cable';
import { DaymarkProcess, newHome, removeHome, until } from '../../../tools/system/daymark-process';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

jest.setTimeout(120_000);

const PASSWORD = 'canary horse battery';

describe('the metrics of a whole Daymark', () => {
  const home = newHome();
  let target: TestDatabase;
  let orders: OrdersSource;
  let cable: Cable;
  let daymark: DaymarkProcess;

  beforeAll(async () => {
    target = await createTestDatabase();
    orders = await createOrders({ rows: 2_000, days: 5 });
    const url = new URL(target.url);
    cable = await layCable({ host: url.hostname, port: Number(url.port) });
    url.hostname = '127.0.0.1';
    url.port = String(cable.port);
    daymark = await DaymarkProcess.start(home, {
      ...orders.environment,
      DATABASE_URL: url.toString(),
      DAYMARK_ADMIN_PASSWORD: PASSWORD,
    });
    await daymark.ask('POST', '/sources', orders.settings);
    await daymark.run('orders');
    // What differs is known once a poll after the run is through.
    await daymark.ask('POST', '/sources/orders/status/refresh', {});
  });

  afterAll(async () => {
    await daymark.stop();
    await cable.close();
    await orders.dispose();
    await target.drop();
    removeHome(home);
  });

  async function scrape(): Promise<{ status: number; text: string; ms: number }> {
    const begun = performance.now();
    const response = await fetch(`${daymark.url}/metrics`);
    return { status: response.status, text: await response.text(), ms: performance.now() - begun };
  }

  it('say what ran, what waits and how the process is', async () => {
    const { status, text } = await scrape();
    expect(status).toBe(200);
    for (const line of [
      'daymark_runs_finished_total{type="incremental",trigger="api",outcome="succeeded"} 1',
      'daymark_run_elements_total{source="orders",action="inserted"} 2000',
      'daymark_source_pending_elements{source="orders",kind="new"} 0',
      'daymark_source_reachable{source="orders"} 1',
      'daymark_projection_lag_seconds{projection="views"} 0',
      'daymark_metrics_collector_up{collector="projection_views"} 1',
      'daymark_event_log_appended_events_total{type="SyncCompleted"} 1',
    ]) {
      expect(text).toContain(`\n${line}\n`);
    }
    expect(text).toMatch(/\nprocess_resident_memory_bytes \d+\n/);
    expect(text).toMatch(/\ndaymark_database_connections\{pool="main",state="idle"\} [1-9]/);
    expect(text).toMatch(
      /\ndaymark_http_request_duration_seconds_count\{method="POST",route="\/api\/v1\/sources\/:source\/runs",status="202"\} 1\n/,
    );
  });

  it('answer with what there is while the database is away, and with all of it again afterwards', async () => {
    cable.cut();
    const { status, text, ms } = await scrape();
    expect(status).toBe(200);
    expect(ms).toBeLessThan(5_000);
    expect(text).toContain('\ndaymark_metrics_collector_up{collector="projection_views"} 0\n');
    expect(text).not.toContain('\ndaymark_projection_lag_seconds{');
    expect(text).toContain('\ndaymark_run_elements_total{source="orders",action="inserted"} 2000\n');
    cable.mend();
    await until('everything can be looked up again', async () => {
      const { text: later } = await scrape();
      return later.includes('\ndaymark_projection_lag_seconds{projection="views"} 0\n');
    });
  });

  it('hold no secret, nor do the lines that were logged', async () => {
    const { text } = await scrape();
    const secrets = [PASSWORD, orders.environment['ORDERS_PASSWORD'] ?? '', new URL(target.url).password];
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(3);
      expect(text).not.toContain(secret);
      expect(daymark.lines.join('\n')).not.toContain(secret);
    }
  });
});
