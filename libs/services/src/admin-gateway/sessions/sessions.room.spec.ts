import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SignJWT, UnsecuredJWT, decodeJwt } from 'jose';
import { ask } from '../testing/asking';
import { PASSWORD, startGateway, type GatewayFixture } from '../testing/gateway-fixture';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const signIn = (username: unknown, password: unknown) =>
  ask(gateway.server, 'post', '/api/v1/sessions').send({ username, password });

const me = (authorization: string) =>
  ask(gateway.server, 'get', '/api/v1/me').set('authorization', authorization);

const later = (seconds: number) => {
  gateway.clock.now = new Date(Date.parse(gateway.clock.now) + seconds * 1000).toISOString();
};

describe('signing in', () => {
  it('gives a token that says who it is, for four hours', async () => {
    const { status, body } = await signIn('administrator', PASSWORD);
    expect(status).toBe(201);
    expect(body).toEqual({
      token: expect.any(String),
      expiresAt: '2026-11-23T16:00:00.000Z',
      user: { name: 'administrator', roles: ['administrator'] },
    });
    const shown = await me(`Bearer ${body.token}`);
    expect([shown.status, shown.body]).toEqual([200, { name: 'administrator', roles: ['administrator'] }]);
    expect((await me(`bearer  ${body.token} `)).status).toBe(200);
    later(4 * 3600);
    const expired = await me(`Bearer ${body.token}`);
    expect([expired.status, expired.body.code]).toEqual([401, 'SESSION_INVALID']);
    expect(expired.headers['www-authenticate']).toBe('Bearer realm="daymark", error="invalid_token"');
  });

  it.each([
    ['administrator', 'hunter2'],
    ['nobody', PASSWORD],
  ])('says no to %s alike', async (username, password) => {
    const { status, body, headers } = await signIn(username, password);
    expect([status, body.code, body.detail]).toEqual([
      401,
      'CREDENTIALS_INVALID',
      'Name or password is wrong.',
    ]);
    expect(headers['www-authenticate']).toBe('Bearer realm="daymark"');
    expect(JSON.stringify([body, gateway.logged])).not.toContain(password);
  });

  it.each([
    [undefined, 'x', 'username'],
    ['', 'x', 'username'],
    [7, 'x', 'username'],
    [{ $ne: '' }, 'x', 'username'],
    ['a'.repeat(257), 'x', 'username'],
    ['a', undefined, 'password'],
    ['a', ['x'], 'password'],
    ['a', 'x'.repeat(1025), 'password'],
  ])('answers 400 to %j, %j', async (username, password, path) => {
    const { status, body } = await signIn(username, password);
    expect([status, body.errors[0]?.path]).toEqual([400, path]);
  });

  it('refuses what it does not know, and no body at all', async () => {
    const { status, body } = await ask(gateway.server, 'post', '/api/v1/sessions').send({
      username: 'a',
      password: 'x',
      roles: ['administrator'],
    });
    expect([status, body.errors]).toEqual([400, [{ path: 'roles', message: 'is not known here' }]]);
    expect((await ask(gateway.server, 'post', '/api/v1/sessions')).status).toBe(400);
  });

  it('slows down who guesses, and only them', async () => {
    const guesses = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => signIn('administrator', 'wrong')));
    expect(guesses.map(({ status }) => status).sort()).toEqual([401, 401, 401, 401, 401, 429, 429]);
    const slowed = await signIn('administrator', PASSWORD);
    expect([slowed.status, slowed.body.code, slowed.headers['retry-after']]).toEqual([
      429,
      'ATTEMPTS_TOO_FAST',
      '1',
    ]);
    expect((await signIn('somebody', 'wrong')).status).toBe(401);
    later(1);
    expect((await signIn('administrator', 'wrong')).status).toBe(401);
    expect((await signIn('administrator', PASSWORD)).headers['retry-after']).toBe('2');
    later(2);
    expect((await signIn('administrator', PASSWORD)).status).toBe(201);
    expect((await signIn('administrator', 'wrong')).status).toBe(401);
  });
});

describe('many who sign in at once', () => {
  it('are let wait outside when there are too many', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `guess-${at}`);
    const answers = await Promise.all(names.map((name) => signIn(name, 'x')));
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([401, 429]);
    expect((await signIn('administrator', PASSWORD)).status).toBe(201);
  });
});

describe('tokens', () => {
  let key: Uint8Array;
  beforeEach(async () => {
    key = await gateway.store.accounts.signingKey();
  });
  const now = Date.parse('2026-11-23T12:00:00Z') / 1000;
  const claims = {
    iss: 'urn:daymark:admin-gateway',
    aud: 'urn:daymark:api',
    sub: 'administrator',
    jti: '11111111-0000-4000-8000-000000000001',
    iat: now,
    nbf: now,
    exp: now + 60,
  };
  const signed = (over: object, alg = 'HS256', with_: Uint8Array = key) =>
    new SignJWT({ ...claims, ...over }).setProtectedHeader({ alg }).sign(with_);

  it('are taken when all is as it should be', async () => {
    expect((await me(`Bearer ${await signed({})}`)).status).toBe(200);
  });

  it.each([
    ['another issuer', { iss: 'elsewhere' }],
    ['another audience', { aud: 'elsewhere' }],
    ['no subject', { sub: undefined }],
    ['no expiry', { exp: undefined }],
    ['no beginning', { nbf: undefined }],
    ['expired', { exp: now - 31 }],
    ['not begun', { nbf: now + 31 }],
    ['of no session', { jti: undefined }],
    ['of a session that is not known', { jti: '11111111-0000-4000-8000-000000000009' }],
    ['of something that is no session', { jti: "' or true --" }],
  ])('are refused: %s', async (_what, over) => {
    const { status, body } = await me(`Bearer ${await signed(over)}`);
    expect([status, body.code]).toEqual([401, 'SESSION_INVALID']);
  });

  it('are refused: other algorithms, other keys, none, changed', async () => {
    const good = await signed({});
    const bad = [
      await signed({}, 'HS512', new Uint8Array(64).fill(7)),
      await signed({}, 'HS256', new Uint8Array(32).fill(8)),
      new UnsecuredJWT({ ...claims }).encode(),
      good.slice(0, -3),
      `${good.split('.')[0]}.${Buffer.from(JSON.stringify({ ...decodeJwt(good), sub: 'x' })).toString('base64url')}.${good.split('.')[2]}`,
      'x',
      'a.b.c',
    ];
    for (const token of bad) expect([token, (await me(`Bearer ${token}`)).status]).toEqual([token, 401]);
  });

  it('stand in the header as Bearer and nowhere else', async () => {
    const token = await signed({});
    expect((await me(`Basic ${token}`)).status).toBe(401);
    expect((await me(token)).status).toBe(401);
    expect((await me('Bearer')).status).toBe(401);
    expect((await ask(gateway.server, 'get', `/api/v1/me?access_token=${token}`)).status).toBe(401);
    expect((await ask(gateway.server, 'head', '/api/v1/me')).status).toBe(401);
  });

  it('give the roles that the account has now, whatever the token says', async () => {
    const viewer = await gateway.signedIn('somebody', ['viewer']);
    const jti = decodeJwt(viewer.slice('Bearer '.length)).jti;
    const risen = `Bearer ${await signed({ sub: 'somebody', jti, roles: ['administrator'] })}`;
    expect((await me(risen)).body).toEqual({ name: 'somebody', roles: ['viewer'] });
    const { status, body } = await ask(gateway.server, 'get', '/api/v1/history').set('authorization', risen);
    expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
    await gateway.pool.query(
      `UPDATE ${gateway.schema}.accounts SET roles = '{root}' WHERE name = 'somebody'`,
    );
    expect((await me(viewer)).status).toBe(403);
  });
});

describe('signing out', () => {
  const signOut = (authorization: string) =>
    ask(gateway.server, 'delete', '/api/v1/sessions/current').set('authorization', authorization);

  it('ends that session and no other', async () => {
    const other = await gateway.signedIn('administrator', ['administrator']);
    expect((await signOut(gateway.authorization)).status).toBe(204);
    expect((await me(gateway.authorization)).body.code).toBe('SESSION_INVALID');
    expect((await signOut(gateway.authorization)).status).toBe(401);
    expect((await me(other)).status).toBe(200);
  });
});

describe('a sign-in that is repeated under one key', () => {
  const repeated = (key: string) => signIn('administrator', PASSWORD).set('idempotency-key', key);

  it('gives the same session while it lives, and a fresh one afterwards', async () => {
    const first = await repeated('k1');
    later(60);
    expect((await repeated('k1')).body).toEqual(first.body);
    expect((await repeated('k2')).body.token).not.toBe(first.body.token);
    await ask(gateway.server, 'delete', '/api/v1/sessions/current').set(
      'authorization',
      `Bearer ${first.body.token}`,
    );
    const fresh = await repeated('k1');
    expect(fresh.body.token).not.toBe(first.body.token);
    expect((await me(`Bearer ${fresh.body.token}`)).status).toBe(200);
  });

  it('still needs the password', async () => {
    await repeated('k1');
    const wrong = await signIn('administrator', 'wrong').set('idempotency-key', 'k1');
    expect(wrong.status).toBe(401);
  });
});

/** The one header that comes as a list. */
const cookiesIn = (headers: object): readonly string[] =>
  'set-cookie' in headers ? (headers['set-cookie'] as readonly string[]) : [];

describe('a browser', () => {
  async function cookieOf(): Promise<string> {
    const { headers } = await signIn('administrator', PASSWORD);
    const [cookie = ''] = cookiesIn(headers);
    expect(cookie).toMatch(
      /^daymark_session=[\w.-]+; Path=\/; Expires=[^;]+ GMT; HttpOnly; SameSite=Strict$/,
    );
    return cookie.split(';')[0] ?? '';
  }
  const asks = (method: 'get' | 'delete', path: string, cookie: string) =>
    ask(gateway.server, method, `/api/v1${path}`).set('cookie', `other=1; ${cookie}; more=2`);

  it('is let in by its cookie, until it signs out', async () => {
    const cookie = await cookieOf();
    expect((await asks('get', '/me', cookie)).body['name']).toBe('administrator');
    const out = await asks('delete', '/sessions/current', cookie);
    expect([out.status, String(out.headers['set-cookie'])]).toEqual([
      204,
      expect.stringContaining('daymark_session=; Path=/; Expires=Thu, 01 Jan 1970'),
    ]);
    expect((await asks('get', '/me', cookie)).status).toBe(401);
  });

  it('changes nothing for a page of another site', async () => {
    const cookie = await cookieOf();
    for (const [name, value] of [
      ['origin', 'https://elsewhere.example'],
      ['origin', 'null'],
      ['sec-fetch-site', 'cross-site'],
      ['sec-fetch-site', 'same-site'],
    ] as const) {
      const { status, body } = await asks('delete', '/sessions/current', cookie).set(name, value);
      expect([name, value, status, body.code]).toEqual([name, value, 403, 'CROSS_SITE_REQUEST']);
    }
    const own = asks('delete', '/sessions/current', cookie).set('sec-fetch-site', 'same-origin');
    expect((await own.set('host', 'here:1').set('origin', 'http://here:1')).status).toBe(204);
  });

  it('is not thrown out while it is in use, for a day at most', async () => {
    let cookie = await cookieOf();
    let renewals = 0;
    let hours = 0;
    for (;;) {
      later(3600);
      const { status, headers } = await asks('get', '/me', cookie);
      if (status === 401) break;
      hours += 1;
      const [renewed] = cookiesIn(headers);
      if (renewed === undefined) continue;
      renewals += 1;
      cookie = renewed.split(';')[0] ?? '';
    }
    expect(hours).toBe(23);
    expect(renewals).toBeGreaterThan(5);
  });

  it('that sends a token too is known by the token', async () => {
    const cookie = await cookieOf();
    const viewer = await gateway.signedIn('somebody', ['viewer']);
    expect((await asks('get', '/me', cookie).set('authorization', viewer)).body['name']).toBe('somebody');
    expect((await asks('get', '/me', cookie).set('authorization', 'Bearer x')).status).toBe(401);
  });
});
