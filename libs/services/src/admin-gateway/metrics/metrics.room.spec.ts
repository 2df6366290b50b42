import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '../testing/asking';
import { PASSWORD, startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { rejection } from '../testing/scripted-messenger';
import { SOURCE_ID, sourceRow } from '../testing/rows';
import { isFromHere } from './metrics-access';
import { countStreamClient } from './stream-clients';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
});
afterEach(() => gateway.stop());

const scrape = () => ask(gateway.server, 'get', '/metrics');

/** The lines of one metric, in the order of the text. */
async function lines(start: string): Promise<string[]> {
  return (await gateway.metrics.text()).split('\n').filter((line) => line.startsWith(start));
}

describe('GET /metrics', () => {
  it('answers a peer on this machine without a session, in Prometheus’ text format', async () => {
    gateway.metrics.runDays.add({ source: 'orders' });
    const { status, headers, text } = await scrape();
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toContain('# TYPE daymark_run_days_committed_total counter\n');
    expect(text).toContain('daymark_run_days_committed_total{source="orders"} 1\n');
    expect((await ask(gateway.server, 'get', '/api/v1/metrics')).status).toBe(404);
  });

  it.each([
    ['x-forwarded-for', '127.0.0.1'],
    ['x-forwarded-proto', 'https'],
    ['forwarded', 'for=127.0.0.1'],
    ['x-real-ip', '127.0.0.1'],
    ['via', '1.1 proxy'],
    ['host', 'evil.example:3000'],
  ])('asks for a session where %s says that it is somebody else', async (name, value) => {
    const refused = await scrape().set(name, value);
    expect([refused.status, refused.body.code]).toEqual([401, 'SESSION_REQUIRED']);
    expect(refused.text).not.toContain('daymark_run');
    const nobody = await gateway.signedIn('nobody', []);
    const other = await scrape().set(name, value).set('authorization', nobody);
    expect([other.status, other.body.code]).toEqual([403, 'FORBIDDEN']);
    const administrator = await scrape().set(name, value).set('authorization', gateway.authorization);
    expect([administrator.status, administrator.text]).toEqual([200, expect.stringContaining('daymark_run')]);
  });

  it('is open to everybody where that was configured', async () => {
    const open = await startGateway({ metricsAccess: 'open' });
    try {
      const { status } = await ask(open.server, 'get', '/metrics').set('x-forwarded-for', '10.0.0.7');
      expect(status).toBe(200);
    } finally {
      await open.stop();
    }
  });

  it('answers with what there is while the rest is away, and without its words', async () => {
    gateway.metrics.collect({
      name: 'database',
      gauges: ['runsRunning'],
      read: () => Promise.reject(new Error('connect to postgresql://me:canary@db failed')),
    });
    gateway.metrics.runDays.add({ source: 'orders' });
    const { status, text } = await scrape();
    expect(status).toBe(200);
    expect(text).toContain('daymark_metrics_collector_up{collector="database"} 0\n');
    expect(text).toContain('daymark_run_days_committed_total{source="orders"} 1\n');
    expect(text).not.toContain('canary');
  });
});

describe('isFromHere', () => {
  const from = (
    remoteAddress: string | undefined,
    headers: Record<string, string> = { host: 'localhost:3000' },
  ) => isFromHere({ headers, socket: { remoteAddress } });

  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('takes %s for this machine', (address) => {
    expect(from(address)).toBe(true);
  });

  it.each([
    '10.0.0.1',
    '192.168.1.1',
    '::ffff:10.0.0.1',
    'fe80::1',
    '1127.0.0.1',
    '127.0.0.1.evil',
    '',
    undefined,
  ])('does not take %s for it', (address) => {
    expect(from(address)).toBe(false);
  });

  it('takes every name of this machine, and no other', () => {
    for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1:3000', '[::1]:3000'])
      expect(from('::1', { host })).toBe(true);
    for (const host of ['localhost.evil.example', '127.0.0.1.nip.io', 'daymark', ''])
      expect(from('::1', { host })).toBe(false);
    expect(from('::1', {})).toBe(false);
  });
});

describe('requests', () => {
  const count = 'daymark_http_request_duration_seconds_count';

  it('are measured by method, pattern of the route and status, whatever the address', async () => {
    const authorized = (path: string) =>
      ask(gateway.server, 'get', path).set('authorization', gateway.authorization);
    await authorized('/api/v1/sources/orders');
    await authorized(`/api/v1/sources/${SOURCE_ID}`);
    await authorized('/api/v1/sources/stranger');
    await ask(gateway.server, 'get', '/api/v1/me');
    for (let i = 0; i < 30; i += 1) await ask(gateway.server, 'get', `/nowhere/${i}?secret=canary`);
    const told = await lines(count);
    expect(told.sort()).toEqual([
      `${count}{method="GET",route="/api/v1/me",status="401"} 1`,
      `${count}{method="GET",route="/api/v1/sources/:source",status="200"} 2`,
      `${count}{method="GET",route="/api/v1/sources/:source",status="404"} 1`,
      `${count}{method="GET",route="unmatched",status="404"} 30`,
    ]);
    expect(await gateway.metrics.text()).not.toContain('canary');
  });

  it('that are refused are counted by the problem’s code, failed sign-ins by their own', async () => {
    const signIn = (password: string) =>
      ask(gateway.server, 'post', '/api/v1/sessions').send({ username: 'administrator', password });
    for (let i = 0; i < 6; i += 1) await signIn('wrong canary');
    await ask(gateway.server, 'get', '/api/v1/me');
    await ask(gateway.server, 'post', '/api/v1/sessions').send({});
    const codes = 'daymark_http_refusals_total';
    const reasons = 'daymark_http_sign_in_failures_total';
    expect((await lines(`${codes}{`)).sort()).toEqual([
      `${codes}{code="ATTEMPTS_TOO_FAST"} 1`,
      `${codes}{code="CREDENTIALS_INVALID"} 5`,
      `${codes}{code="REQUEST_INVALID"} 1`,
      `${codes}{code="SESSION_REQUIRED"} 1`,
    ]);
    expect((await lines(`${reasons}{`)).sort()).toEqual([
      `${reasons}{reason="attempts_too_fast"} 1`,
      `${reasons}{reason="credentials_invalid"} 5`,
    ]);
    expect(await gateway.metrics.text()).not.toContain('canary');
  });

  it('leave one line each: commands as news with who and under which id, reads as detail', async () => {
    gateway.messenger.on('cmd.source-polling.refresh-status', () => {
      throw rejection('SOURCE_UNKNOWN');
    });
    await ask(gateway.server, 'post', '/api/v1/sources/orders/status/refresh')
      .set('authorization', gateway.authorization)
      .set('x-correlation-id', 'trace-7');
    await ask(gateway.server, 'get', '/health/live').query('secret=canary');
    await ask(gateway.server, 'post', '/api/v1/sessions').send({
      username: 'administrator',
      password: PASSWORD,
    });
    const answered = gateway.logged.filter(({ message }) => message.endsWith(' answered'));
    expect(answered).toEqual([
      {
        level: 'info',
        message: 'command answered',
        fields: {
          method: 'POST',
          route: '/api/v1/sources/:source/status/refresh',
          path: '/api/v1/sources/orders/status/refresh',
          status: '404',
          ms: expect.any(Number),
          actor: 'administrator',
          correlationId: 'trace-7',
        },
      },
      { level: 'debug', message: 'request answered', fields: expect.objectContaining({ status: '400' }) },
      {
        level: 'info',
        message: 'command answered',
        fields: expect.objectContaining({ route: '/api/v1/sessions', status: '201', actor: 'administrator' }),
      },
    ]);
    expect(JSON.stringify(gateway.logged)).not.toContain('canary');
    expect(JSON.stringify(gateway.logged)).not.toContain(PASSWORD);
  });

  it('hand their correlation id on with the question', async () => {
    gateway.messenger.on('cmd.source-polling.refresh-status', () => {
      throw rejection('SOURCE_UNKNOWN');
    });
    await ask(gateway.server, 'post', '/api/v1/sources/orders/status/refresh')
      .set('authorization', gateway.authorization)
      .set('x-correlation-id', 'trace-7');
    expect(gateway.messenger.questions('cmd.source-polling.refresh-status')).toEqual([
      expect.objectContaining({ correlationId: 'trace-7' }),
    ]);
  });
});

describe('clients of the stream of live events', () => {
  it('are counted while they are here, and leave once', async () => {
    const [leave, leaveOther] = [countStreamClient(gateway.metrics), countStreamClient(gateway.metrics)];
    leave();
    leave();
    expect(await lines('daymark_http_event_stream_clients')).toEqual(['daymark_http_event_stream_clients 1']);
    leaveOther();
    expect(await lines('daymark_http_event_stream_clients')).toEqual(['daymark_http_event_stream_clients 0']);
  });
});
