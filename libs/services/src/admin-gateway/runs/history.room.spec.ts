import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, runRow, sourceRow } from '../testing/rows';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
});
afterEach(() => gateway.stop());

const call = (method: 'get', path: string) =>
  ask(gateway.server, method, `/api/v1${path}`).set('authorization', gateway.authorization);

describe('the history', () => {
  const history = (query: object = {}) => call('get', '/history').query(query);

  it('lists runs without their days', async () => {
    gateway.views.rows.runs = [runRow({ status: 'succeeded', finishedAt: '2026-11-23T03:01:00.000Z' })];
    const { status, body } = await history();
    expect([status, body.nextCursor, body.items.length]).toEqual([200, null, 1]);
    expect(body.items[0]).toMatchObject({ id: RUN_ID, status: 'succeeded' });
    expect(body.items[0]).not.toHaveProperty('days');
    expect(gateway.views.asked).toMatchObject({ filters: [{}], pages: [{ cursor: null, limit: 50 }] });
  });

  it('hands the filters on', async () => {
    const { status } = await history({
      source: 'orders',
      status: 'failed,cancelled',
      type: 'day',
      trigger: 'api,slot',
      from: '2026-11-01',
      to: '2026-11-02',
      cursor: 'abc',
      limit: '500',
    });
    expect(status).toBe(200);
    expect(gateway.views.asked).toMatchObject({
      filters: [
        {
          sourceId: SOURCE_ID,
          status: ['failed', 'cancelled'],
          type: ['day'],
          trigger: ['api', 'slot'],
          from: '2026-10-31T23:00:00Z',
          to: '2026-11-02T23:00:00Z',
        },
      ],
      pages: [{ cursor: 'abc', limit: 500 }],
    });
  });

  it('takes instants and the id of a source that is gone', async () => {
    await history({ source: RUN_ID, from: '2026-11-01T02:00:00+02:00', to: '2026-11-02T00:00:00.5Z' });
    expect(gateway.views.asked.filters).toEqual([
      { sourceId: RUN_ID, from: '2026-11-01T00:00:00.000Z', to: '2026-11-02T00:00:00.500Z' },
    ]);
  });

  it.each([
    ['0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'],
    ['0001-01-01T00:00:00Z', '9999-12-31'],
  ])('stays inside the years there are: %s … %s', async (from, to) => {
    expect((await history({ from, to })).status).toBe(200);
    expect(gateway.views.asked.filters).toEqual([
      { from: '0001-01-01T00:00:00.000Z', to: '9999-12-31T23:59:59.999Z' },
    ]);
  });

  it('knows that no run is partial yet', async () => {
    gateway.views.rows.runs = [runRow()];
    expect((await history({ status: 'partial,withheld' })).body).toEqual({ items: [], nextCursor: null });
    expect((await history({ status: 'partial,failed' })).status).toBe(200);
    expect(gateway.views.asked.filters).toEqual([{ status: ['failed'] }]);
  });

  it.each([
    [{ status: 'green' }],
    [{ status: '' }],
    [{ type: 'year' }],
    [{ trigger: 'cron' }],
    [{ from: '2026-02-30' }],
    [{ from: '2026-02-30T00:00:00Z' }],
    [{ to: '2026-11-01T25:00:00Z' }],
    [{ to: '2026-11-01T00:00:00' }],
    [{ to: 'yesterday' }],
    [{ limit: '0' }],
    [{ limit: '501' }],
    [{ limit: '-1' }],
    [{ limit: '1e2' }],
    [{ limit: '' }],
    [{ cursor: '' }],
    [{ cursor: '\0' }],
    [{ cursor: 'x'.repeat(8193) }],
    [{ status: ['failed', 'cancelled'] }],
    [{ limit: ['1', '2'] }],
    [{ format: 'csv' }],
    [{ 'status[]': 'failed' }],
    [{ __proto__x: '1' }],
  ])('answers 400 to %j', async (query) => {
    expect((await history(query)).status).toBe(400);
  });

  it('answers 400 to __proto__ in the query', async () => {
    expect((await call('get', '/history?__proto__=1')).status).toBe(400);
    expect((await call('get', '/history?__proto__[status]=1')).status).toBe(400);
    expect((await call('get', '/history?constructor=1')).status).toBe(400);
  });

  it('answers 400 to a cursor that the views did not give out, 404 to an unknown name', async () => {
    const views = gateway.views;
    views.runs = () =>
      Promise.reject(Object.assign(new Error('x'), { name: 'ViewFault', code: 'CURSOR_INVALID' }));
    const { status, body } = await history({ cursor: 'abc' });
    expect([status, body.code]).toEqual([400, 'CURSOR_INVALID']);
    expect((await history({ source: 'nobody' })).status).toBe(404);
  });

  it('answers 503 and when to ask again while the views are built', async () => {
    gateway.views.runs = () =>
      Promise.reject(Object.assign(new Error('x'), { name: 'ViewFault', code: 'VIEWS_REBUILDING' }));
    const { status, body, headers } = await history({});
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'VIEWS_REBUILDING', '5']);
  });
});
