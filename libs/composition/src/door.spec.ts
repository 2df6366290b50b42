import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createLifecycle,
  createLogger,
  createScrubber,
  readConfiguration,
  type Lifecycle,
} from '@daymark/platform';
import { openDoor, type Door } from './door';
import { openMetrics } from './measuring';

const silent = createLogger({ name: 'door', level: 'silent', pretty: false, scrubber: createScrubber() });

describe('the port of a process', () => {
  let lifecycle: Lifecycle;
  let door: Door;

  async function open(environment: Record<string, string> = {}): Promise<void> {
    lifecycle = createLifecycle({ deadlineMs: 5_000, logger: silent });
    const configuration = readConfiguration({ PORT: '0', ...environment });
    const scrubber = createScrubber();
    const shell = { name: 'door', configuration, environment: {}, lifecycle, logger: silent, scrubber };
    door = await openDoor(shell, openMetrics());
  }

  beforeEach(() => open());

  afterEach(() => lifecycle.stop());

  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${door.url}${path}`, init);

  /** `fetch` would not let a host be told that is not the address. */
  function statusFor(path: string, headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const asked = httpRequest(`${door.url}${path}`, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.once('error', reject).end();
    });
  }

  it('says at once that the process lives, and what it still waits for', async () => {
    expect((await get('/health/live')).status).toBe(200);
    door.readiness.push({ name: 'neighbour', check: () => Promise.reject(new Error('away')) });
    const ready = await get('/health/ready');
    expect([ready.status, ready.headers.get('content-type'), ready.headers.get('retry-after')]).toEqual([
      503,
      'application/problem+json',
      '5',
    ]);
    expect(await ready.json()).toMatchObject({
      code: 'NOT_READY',
      errors: [{ path: 'started' }, { path: 'neighbour' }],
    });
    expect((await get('/api/v1/sources')).status).toBe(503);
  });

  it('is ready once the start is through and everything works, and not any more when a stop begins', async () => {
    let works = false;
    door.readiness.push({ name: 'neighbour', check: () => Promise.resolve(works) });
    door.opened();
    expect((await get('/health/ready')).status).toBe(503);
    works = true;
    expect((await get('/health/ready')).status).toBe(200);
    expect((await get('/elsewhere')).status).toBe(404);
    expect((await get('/health/live', { method: 'POST' })).status).toBe(405);
    let during: unknown;
    lifecycle.started('a part that takes its time', async () => {
      const answers = await Promise.all(['/health/live', '/health/ready'].map((path) => get(path)));
      during = answers.map(({ status }) => status);
    });
    await lifecycle.stop();
    expect(during).toEqual([200, 503]);
    await expect(get('/health/live')).rejects.toThrow();
  });

  it('gives a check two seconds', async () => {
    door.opened();
    door.readiness.push({ name: 'silence', check: () => new Promise(() => undefined) });
    expect(await (await get('/health/ready')).json()).toMatchObject({ errors: [{ path: 'silence' }] });
  });

  it('shows metrics to this machine only, unless it is told to let others in', async () => {
    expect(await (await get('/metrics')).text()).toContain('process_cpu_seconds_total');
    expect(await statusFor('/metrics', { 'x-forwarded-for': '192.0.2.1' })).toBe(403);
    expect(await statusFor('/metrics', { host: 'evil.example' })).toBe(403);
    await lifecycle.stop();
    await open({ DAYMARK_METRICS: 'open' });
    expect(await statusFor('/metrics', { host: 'evil.example' })).toBe(200);
  });

  it('is somebody else’s after it was handed over', async () => {
    door.handOver((_, response) => response.end('theirs'));
    expect(await (await get('/health/live')).text()).toBe('theirs');
  });

  it('does not open where the port is taken', async () => {
    const first = lifecycle;
    const { port } = new URL(door.url);
    await expect(open({ PORT: port })).rejects.toThrow('EADDRINUSE');
    await first.stop();
  });
});
