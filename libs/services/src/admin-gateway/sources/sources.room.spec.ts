import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { ask, type Shown } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { SOURCE_ID, settings, sourceRow } from '../testing/rows';
import { rejection } from '../testing/scripted-messenger';

const POSITION = '00000000000000000003';
let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.messenger.on(SUBJECTS.registerSource, ({ settings: given }) => ({
    sourceId: SOURCE_ID,
    settings: given,
    revision: 1,
    position: POSITION,
  }));
});
afterEach(() => gateway.stop());

const call = (method: 'get' | 'post' | 'delete', path: string) =>
  ask(gateway.server, method, `/api/v1/sources${path}`).set('authorization', gateway.authorization);

const { pollingIntervalMinutes: _p, lateData: _l, settleDelayMinutes: _s, cleaner: _c, ...least } = settings;
const connector = settings.connector;
const cleaner = { retentionDays: 7, runsAt: '03:00' };

describe('registering a source', () => {
  it('forwards it with its defaults and waits until it can be read', async () => {
    const { status, headers, body } = await call('post', '').set('x-correlation-id', 'trace-1').send(least);
    expect(status).toBe(201);
    const filled = {
      ...least,
      pollingIntervalMinutes: 5,
      lateData: 'hold',
      settleDelayMinutes: 120,
      cleaner: null,
    };
    expect(body).toEqual({ id: SOURCE_ID, ...filled, revision: 1, position: POSITION });
    expect(headers).toMatchObject({ location: `/api/v1/sources/${SOURCE_ID}`, etag: '"1"' });
    expect(gateway.messenger.questions(SUBJECTS.registerSource)).toEqual([
      {
        caller: {
          actor: 'administrator',
          correlationId: 'trace-1',
          commandId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
        settings: filled,
      },
    ]);
    expect(gateway.views.asked.reached).toEqual([POSITION]);
  });

  it('forwards everything that may be set', async () => {
    const full = {
      ...settings,
      pollingIntervalMinutes: 1440,
      lateData: { applyWithinDays: 3 },
      settleDelayMinutes: 0,
      connector: {
        ...connector,
        key: ['a', 'b'],
        day: { column: 'd', timeZone: 'UTC' },
        password: 'file:db/password',
      },
      cleaner: { retentionDays: 0, runsAt: '*/15 3 * * MON-FRI', timeZone: 'UTC', guardMinutes: 0 },
    };
    const { status, body } = await call('post', '').send(full);
    expect([status, body]).toEqual([201, { id: SOURCE_ID, ...full, revision: 1, position: POSITION }]);
  });

  it('takes null for what is optional, and guards an hour', async () => {
    const { status, body } = await call('post', '').send({
      ...least,
      lateData: null,
      pollingIntervalMinutes: null,
      connector: { ...connector, password: null, day: { column: 'd', timeZone: null } },
      cleaner: { ...cleaner, timeZone: null },
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({ lateData: 'hold', pollingIntervalMinutes: 5 });
    expect(body.connector).not.toHaveProperty('password');
    expect(body.connector.day).toEqual({ column: 'd' });
    expect(body.cleaner).toEqual({ ...cleaner, guardMinutes: 60 });
  });

  it('answers also when the views lag, and when nothing had to change', async () => {
    gateway.views.onWait = () => undefined;
    expect((await call('post', '').send(least)).status).toBe(201);
    gateway.messenger.on(SUBJECTS.registerSource, () => ({
      sourceId: SOURCE_ID,
      settings,
      revision: 1,
      position: null,
    }));
    const { status, body } = await call('post', '').send(least);
    expect([status, body.position]).toEqual([201, '']);
  });

  const wrong: [string, object][] = [
    ['name', { name: 'Orders' }],
    ['name', { name: '1a' }],
    ['name', { name: 'a'.repeat(49) }],
    ['name', { name: undefined }],
    ['name', { name: null }],
    ['name', { name: ['orders'] }],
    ['timeZone', { timeZone: undefined }],
    ['timeZone', { timeZone: 2 }],
    ['pollingIntervalMinutes', { pollingIntervalMinutes: 0 }],
    ['pollingIntervalMinutes', { pollingIntervalMinutes: 1441 }],
    ['pollingIntervalMinutes', { pollingIntervalMinutes: 1.5 }],
    ['pollingIntervalMinutes', { pollingIntervalMinutes: '5' }],
    ['settleDelayMinutes', { settleDelayMinutes: -1 }],
    ['settleDelayMinutes', { settleDelayMinutes: 10_081 }],
    ['lateData', { lateData: 'drop' }],
    ['lateData', { lateData: {} }],
    ['lateData', { lateData: [3] }],
    ['lateData', { lateData: { applyWithinDays: 0 } }],
    ['lateData', { lateData: { applyWithinDays: '3' } }],
    ['lateData', { lateData: { applyWithinDays: 3, more: 1 } }],
    ['connector', { connector: undefined }],
    ['connector', { connector: null }],
    ['connector', { connector: 'postgres' }],
    ['connector', { connector: [] }],
    ['connector', { connector: [connector] }],
    ['connector.type', { connector: { ...connector, type: 'mysql' } }],
    ['connector.url', { connector: { ...connector, url: '' } }],
    ['connector.url', { connector: { ...connector, url: 7 } }],
    ['connector.password', { connector: { ...connector, password: 'hunter2' } }],
    ['connector.password', { connector: { ...connector, password: 'env:' } }],
    ['connector.password', { connector: { ...connector, password: { env: 'X' } } }],
    ['connector.table', { connector: { ...connector, table: '' } }],
    ['connector.key', { connector: { ...connector, key: [] } }],
    ['connector.key', { connector: { ...connector, key: 'id' } }],
    ['connector.key', { connector: { ...connector, key: ['a', 7] } }],
    ['connector.key', { connector: { ...connector, key: ['a', 'a'] } }],
    ['connector.key', { connector: { ...connector, key: [''] } }],
    ['connector.key', { connector: { ...connector, key: Array.from({ length: 17 }, (_, i) => `k${i}`) } }],
    ['connector.day', { connector: { ...connector, day: 'started_at' } }],
    ['connector.day', { connector: { ...connector, day: [] } }],
    ['connector.day.column', { connector: { ...connector, day: {} } }],
    ['connector.day.timeZone', { connector: { ...connector, day: { column: 'd', timeZone: 1 } } }],
    ['connector.day.format', { connector: { ...connector, day: { column: 'd', format: 'x' } } }],
    ['connector.host', { connector: { ...connector, host: 'x' } }],
    ['cleaner', { cleaner: 7 }],
    ['cleaner', { cleaner: [] }],
    ['cleaner.retentionDays', { cleaner: { ...cleaner, retentionDays: -1 } }],
    ['cleaner.retentionDays', { cleaner: { ...cleaner, retentionDays: 36_501 } }],
    ['cleaner.retentionDays', { cleaner: { runsAt: '03:00' } }],
    ['cleaner.runsAt', { cleaner: { ...cleaner, runsAt: '24:00' } }],
    ['cleaner.runsAt', { cleaner: { ...cleaner, runsAt: '3 AM' } }],
    ['cleaner.runsAt', { cleaner: { ...cleaner, runsAt: '* * * *' } }],
    ['cleaner.runsAt', { cleaner: { ...cleaner, runsAt: '* * * * * * *' } }],
    ['cleaner.guardMinutes', { cleaner: { ...cleaner, guardMinutes: -1 } }],
    ['cleaner.timeZone', { cleaner: { ...cleaner, timeZone: '' } }],
    ['id', { id: SOURCE_ID }],
    ['revision', { revision: 7 }],
    ['removed', { removed: true }],
  ];

  it.each(wrong)('refuses a wrong %s: %j', async (path, over) => {
    const { status, body } = await call('post', '').send({ ...least, ...over });
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
    expect(body.errors.map((error: Shown) => error.path)).toContain(path);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(gateway.messenger.asked).toEqual([]);
  });

  it.each([
    'postgresql://reader:hunter2@db/orders',
    'postgres://:hunter2@db/orders',
    'postgresql://db/orders?password=hunter2',
    'postgresql://db/orders?x=1&sslpassword=hunter2',
    'postgresql://db/orders?pass%77ord=hunter2',
    'postgresql://reader:hunter2@/orders',
    'postgresql://a@b:hunter2@db/orders',
  ])('refuses the password in %s before it travels', async (url) => {
    const { status, body } = await call('post', '').send({ ...least, connector: { ...connector, url } });
    expect([status, body.code, body.errors[0]?.path]).toEqual([
      422,
      'SOURCE_URL_HAS_PASSWORD',
      'connector.url',
    ]);
    expect(gateway.messenger.asked).toEqual([]);
    expect(JSON.stringify([body, gateway.logged])).not.toContain('hunter2');
  });

  it('hands on what only the services can know', async () => {
    gateway.messenger.on(SUBJECTS.registerSource, () => {
      throw rejection('TIME_ZONE_UNKNOWN', { errors: [{ path: 'timeZone', message: 'is no zone' }] });
    });
    const { status, body } = await call('post', '').send({ ...least, timeZone: 'Europe/Atlantis' });
    expect([status, body.code, body.errors[0]?.path]).toEqual([422, 'TIME_ZONE_UNKNOWN', 'timeZone']);
  });
});

describe('testing a source', () => {
  it('answers with its columns', async () => {
    const answer = {
      columns: [{ name: 'flow_id', type: 'bigint', role: 'key' }],
      oldestDay: '2026-11-13',
      elements: 123,
    };
    gateway.messenger.on(SUBJECTS.testSource, () => answer);
    const { status, body } = await call('post', '/test').send({ connector });
    expect([status, body]).toEqual([200, { ok: true, ...answer }]);
  });

  it.each([
    ['SOURCE_UNREACHABLE', 422],
    ['SOURCE_STANDBY_LAGS', 503],
  ])('answers 200 with the problem when the source says no: %s', async (code, status) => {
    gateway.messenger.on(SUBJECTS.testSource, () => {
      throw rejection(code, { retryable: true });
    });
    const answer = await call('post', '/test').send(least);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ok: false,
      problem: expect.objectContaining({ code, status, instance: '/api/v1/sources/test', errors: [] }),
    });
  });

  it('is no answer when nobody could be asked, or the shape is wrong', async () => {
    expect((await call('post', '/test').send(least)).status).toBe(503);
    expect((await call('post', '/test')).status).toBe(400);
    expect((await call('post', '/test').send({ connector: { ...connector, key: [] } })).status).toBe(400);
  });
});

describe('reading and removing sources', () => {
  it('lists them', async () => {
    gateway.views.rows.sources = [sourceRow()];
    const { status, body } = await call('get', '');
    expect([status, body]).toEqual([
      200,
      { items: [{ id: SOURCE_ID, ...settings, revision: 1 }], nextCursor: null },
    ]);
  });

  it('lists them a page at a time', async () => {
    gateway.views.rows.sources = ['a', 'b', 'c'].map((name) =>
      sourceRow({ settings: { ...settings, name } }),
    );
    const names = async (query: string) => {
      const { body } = await call('get', query);
      return [body.items.map(({ name }) => name), body.nextCursor];
    };
    expect(await names('?limit=2')).toEqual([['a', 'b'], '2']);
    expect(await names('?limit=2&cursor=2')).toEqual([['c'], null]);
    expect(await names('')).toEqual([['a', 'b', 'c'], null]);
  });

  it.each([
    'limit=0',
    'limit=501',
    'limit=1&limit=2',
    'cursor=a&cursor=b',
    'name=a',
    'cursor=',
    'cursor=%00',
  ])('answers 400 to a list with ?%s', async (query) => {
    const { status, body } = await call('get', `?${query}`);
    expect([status, body.code]).toEqual([400, expect.stringMatching(/^(REQUEST|CURSOR)_INVALID$/)]);
  });

  it.each([SOURCE_ID, SOURCE_ID.toUpperCase(), 'orders'])('finds one as %s', async (name) => {
    gateway.views.rows.sources = [sourceRow({ revision: 4 })];
    const { status, headers, body } = await call('get', `/${name}`);
    expect([status, headers['etag'], body.id, body.revision]).toEqual([200, '"4"', SOURCE_ID, 4]);
  });

  it('removes one and keeps its elements unless told', async () => {
    gateway.views.rows.sources = [sourceRow()];
    gateway.messenger.on(SUBJECTS.removeSource, () => ({ sourceId: SOURCE_ID, position: POSITION }));
    const { status, headers, text } = await call('delete', '/orders');
    expect([status, headers['daymark-position'], text]).toEqual([204, POSITION, '']);
    expect((await call('delete', '/orders?elements=delete')).status).toBe(204);
    const asked = gateway.messenger.questions(SUBJECTS.removeSource);
    expect(asked.map((question) => [question['sourceId'], question['elements']])).toEqual([
      [SOURCE_ID, 'keep'],
      [SOURCE_ID, 'delete'],
    ]);
    expect((await call('delete', '/orders?elements=maybe')).status).toBe(400);
    expect((await call('delete', '/orders?elements=keep&elements=delete')).status).toBe(400);
    expect((await call('delete', '/nobody')).status).toBe(404);
  });
});
