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
  it('gives a token that says who it is, for at most 12 hours', async () => {
    const { status, body } = await signIn('administrator', PASSWORD);
    expect(status).toBe(201);
    expect(body).toEqual({
      token: expect.any(String),
      expiresAt: '2026-11-24T00:00:00.000Z',
      user: { name: 'administrator', roles: ['administrator'] },
    });
    const shown = await me(`Bearer ${body.token}`);
    expect([shown.status, shown.body]).toEqual([200, { name: 'administrator', roles: ['administrator'] }]);
    expect((await me(`bearer  ${body.token} `)).status).toBe(200);
    later(12 * 3600 + 31);
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

describe('tokens', () => {
  const key = new Uint8Array(32).fill(7);
  const now = Date.parse('2026-11-23T12:00:00Z') / 1000;
  const claims = {
    iss: 'urn:daymark:admin-gateway',
    aud: 'urn:daymark:api',
    sub: 'administrator',
    roles: ['administrator'],
    iat: now,
    nbf: now,
    exp: now + 60,
  };
  const signed = (over: object, alg = 'HS256', with_ = key) =>
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
    ['no roles', { roles: undefined }],
    ['roles that are no list', { roles: 'administrator' }],
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

  it('give roles that are not known nothing', async () => {
    const { status, body } = await me(`Bearer ${await signed({ roles: ['root', 7] })}`);
    expect([status, body.code]).toEqual([403, 'FORBIDDEN']);
  });
});
