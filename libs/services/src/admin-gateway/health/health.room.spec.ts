import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ask, type Shown } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const get = (path: string) => ask(gateway.server, 'get', path);

describe('health', () => {
  it('is open, outside the interface', async () => {
    const live = await get('/health/live');
    expect([live.status, live.body]).toEqual([200, { status: 'live' }]);
    const ready = await get('/health/ready');
    expect([ready.status, ready.body]).toEqual([200, { status: 'ready' }]);
    expect((await get('/api/v1/health/live')).status).toBe(404);
  });

  it('names what is not ready', async () => {
    gateway.readiness.push(
      { name: 'database', check: () => Promise.resolve(true) },
      { name: 'event log', check: () => Promise.resolve(false) },
      { name: 'views', check: () => Promise.reject(new Error('secret words')) },
      { name: 'sync-execution', check: () => new Promise(() => undefined) },
      {
        name: 'broken',
        check: () => {
          throw new Error('secret words');
        },
      },
    );
    const { status, headers, body } = await get('/health/ready');
    expect([status, headers['retry-after'], body.code]).toEqual([503, '5', 'NOT_READY']);
    expect(body.errors.map((error: Shown) => error.path)).toEqual([
      'event log',
      'views',
      'sync-execution',
      'broken',
    ]);
    expect(JSON.stringify(body)).not.toContain('secret words');
    expect((await get('/health/live')).status).toBe(200);
  });
});
