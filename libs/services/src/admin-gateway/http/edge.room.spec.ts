import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { routesOf, type Route } from '../testing/routes';
import { SOURCE_ID, sourceRow } from '../testing/rows';

let gateway: GatewayFixture;

beforeAll(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
});
beforeEach(() => {
  gateway.logged.length = 0;
});
afterAll(() => gateway.stop());

/** `/metrics` is open to this machine only; its own spec says so. */
const isOpen = ({ path }: Route) =>
  /^\/(health|metrics|api\/openapi|api\/docs)|^\/api\/v1\/sessions$/.test(path);
const routes = () => routesOf(gateway.app);

function asking({ method, path }: Pick<Route, 'method' | 'path'>) {
  return ask(gateway.server, method, path);
}

const authorized = (route: Pick<Route, 'method' | 'path'>) =>
  asking(route).set('authorization', gateway.authorization);

const post = (path: string) => authorized({ method: 'post', path: `/api/v1${path}` });

describe('every route', () => {
  it('is closed without a session, unless it is marked open', async () => {
    for (const route of routes().filter((route) => !isOpen(route))) {
      const { status, headers, body } = await asking(route);
      expect([route, status, body.code]).toEqual([route, 401, 'SESSION_REQUIRED']);
      expect(headers['www-authenticate']).toBe('Bearer realm="daymark"');
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    }
    expect(gateway.messenger.asked).toEqual([]);
  });

  it('is closed to a user without the role', async () => {
    const nobody = await gateway.signedIn('nobody', []);
    for (const route of routes().filter((route) => !isOpen(route))) {
      const { status, body } = await asking(route).set('authorization', nobody);
      expect([route, status, body.code]).toEqual([route, 403, 'FORBIDDEN']);
    }
  });

  it('refuses a query parameter that it does not know', async () => {
    for (const route of routes()) {
      const { status, body } = await authorized(route).query({ nonsense: '1' });
      expect([route, status]).toEqual([route, 400]);
      expect(body.errors).toContainEqual({ path: 'nonsense', message: 'is not known here' });
    }
  });

  it('carries the security headers and a correlation id, refusals too', async () => {
    for (const route of [...routes(), { method: 'get', path: '/nowhere' } as const]) {
      const { headers } = await asking(route).set('x-correlation-id', 'trace-7');
      expect(headers['x-correlation-id']).toBe('trace-7');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("default-src 'self'");
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['x-powered-by']).toBeUndefined();
    }
  });

  it('makes a correlation id where the given one cannot be one', async () => {
    const { headers } = await ask(gateway.server, 'get', '/health/live').set(
      'x-correlation-id',
      'a b<script>',
    );
    expect(headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('addresses', () => {
  it.each(['/nowhere', '/api/v1/nowhere', '/api/v1/sources/orders/nowhere', '/api/v2/sources'])(
    'answers 404 at %s',
    async (path) => {
      const { status, headers, body } = await authorized({ method: 'get', path });
      expect(status).toBe(404);
      expect(headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(body).toEqual({
        type: '/api/docs/errors#ROUTE_UNKNOWN',
        title: 'Route unknown',
        status: 404,
        detail: expect.any(String),
        code: 'ROUTE_UNKNOWN',
        instance: path,
        errors: [],
        correlationId: expect.any(String),
      });
    },
  );

  it.each([
    ['put', '/api/v1/sources', 'GET, POST'],
    ['delete', '/api/v1/sources/orders/runs', 'POST'],
    ['post', '/api/v1/sources/orders/calendar', 'GET'],
    ['post', '/health/live', 'GET'],
  ] as const)('answers 405 to %s %s', async (method, path, allow) => {
    const { status, headers, body } = await ask(gateway.server, method, path);
    expect([status, body.code, headers['allow']]).toEqual([405, 'METHOD_NOT_ALLOWED', allow]);
  });

  it.each([
    '/api/v1/sources/%',
    '/api/v1/sources/%ff',
    '/api/v1/runs/%E0%A4%A',

    '/api/v1/sources/%zz/status',
  ])('answers 400 to the broken address %s', async (path) => {
    const { status, body } = await authorized({ method: 'get', path });
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it.each([
    '%00',
    'a%00b',
    '..%2f..',
    "x'--",
    'ORDERS',
    'n'.repeat(60),
    '%F0%9F%98%80',
    '__proto__',
    '1-2-3',
  ])('answers 404 to the impossible name %s', async (name) => {
    for (const rest of ['', '/status', '/days/2026-11-13', '/calendar?month=2026-11']) {
      const { status, body } = await authorized({ method: 'get', path: `/api/v1/sources/${name}${rest}` });
      expect([rest, status, body.code]).toEqual([rest, 404, 'SOURCE_UNKNOWN']);
    }
  });
});

describe('bodies', () => {
  const raw = (text: string | Buffer, type = 'application/json') =>
    post('/sources').set('content-type', type).send(text);

  it.each([
    ['no JSON', '{"name":'],
    ['two values', '{} {}'],
    ['a text', '"orders"'],
    ['a number', '7'],
    ['null', 'null'],
  ])('refuses %s with 400', async (_what, text) => {
    const { status, body } = await raw(text);
    expect([status, body.errors]).toEqual([400, expect.any(Array)]);
    expect(JSON.stringify(body)).not.toContain('JSON at position');
  });

  it.each([
    ['a list', '[]'],
    ['a list of objects', '[{"name":"orders"}]'],
    ['33 levels', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`],
    ['100,000 levels', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['constructor', '{"connector":{"constructor":{"prototype":{"admin":true}}}}'],
    ['prototype', '{"prototype":1}'],
    ['U+0000', '{"name":"a\\u0000"}'],
    ['half a character', '{"name":"\\ud800"}'],
  ])('refuses %s with 400 BODY_INVALID', async (_what, text) => {
    const { status, body } = await raw(text);
    expect([status, body.code]).toEqual([400, 'BODY_INVALID']);
    expect(Object.prototype).not.toHaveProperty('admin');
  });

  it('lets 32 levels pass to the shape', async () => {
    const { status, body } = await raw(`{"a":${'['.repeat(31)}${']'.repeat(31)}}`);
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it('refuses more than 256 KB with 413', async () => {
    const { status, body } = await raw(JSON.stringify({ name: 'x'.repeat(256 * 1024) }));
    expect([status, body.code]).toEqual([413, 'BODY_TOO_LARGE']);
  });

  it('refuses what unpacks to more than 256 KB with 413', async () => {
    await gateway.app.listen(0, '127.0.0.1');
    const answer = await fetch(`${await gateway.app.getUrl()}/api/v1/sources`, {
      method: 'POST',
      headers: {
        authorization: gateway.authorization,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(JSON.stringify({ name: 'x'.repeat(256 * 1024) })),
    });
    expect([answer.status, await answer.json()]).toEqual([
      413,
      expect.objectContaining({ code: 'BODY_TOO_LARGE' }),
    ]);
  });

  it.each([
    ['text/plain', '{}'],
    ['application/x-www-form-urlencoded', 'name=orders'],
    ['application/xml', '<a/>'],
    ['application/json; charset=iso-8859-1', '{}'],
    ['nonsense', '{}'],
  ])('refuses the content type %s with 415', async (type, text) => {
    const { status, body } = await raw(text, type);
    expect([status, body.code]).toEqual([415, 'CONTENT_TYPE_UNSUPPORTED']);
  });

  it('refuses an unknown content encoding with 415 and a broken one with 400', async () => {
    const unknown = await raw('{}').set('content-encoding', 'rot13');
    expect(unknown.status).toBe(415);
    const broken = await raw('no gzip').set('content-encoding', 'gzip');
    expect(broken.status).toBe(400);
  });

  it('refuses fields on routes that take no body', async () => {
    for (const path of ['/sources/orders/status/refresh', `/runs/${SOURCE_ID}/cancel`]) {
      const { status, body } = await post(path).send({ force: true });
      expect([status, body.errors]).toEqual([400, [{ path: 'force', message: 'is not known here' }]]);
    }
  });
});

describe('?atLeast=', () => {
  const get = (atLeast: string) =>
    authorized({ method: 'get', path: '/api/v1/sources' }).query(`atLeast=${atLeast}`);

  it('waits until the views have come that far', async () => {
    const position = '00000000000000000004';
    gateway.views.onWait = (wanted) => {
      gateway.views.rows.position = wanted;
    };
    expect((await get(position)).status).toBe(200);
    expect(gateway.views.asked.reached).toContain(position);
  });

  it('answers 503 when they do not in time', async () => {
    gateway.views.rows.position = null;
    gateway.views.onWait = () => undefined;
    const { status, body, headers } = await get('00000000000000000009');
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'VIEWS_BEHIND', '5']);
  });

  it.each(['', 'x', '7', '-1', '%00', "1'", '0'.repeat(200), '1&atLeast=2'])(
    'answers 400 to "%s"',
    async (text) => {
      const { status, body } = await get(text);
      expect([status, body.code]).toEqual([400, 'POSITION_INVALID']);
    },
  );
});
