import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createSecretKey } from 'node:crypto';
import { decodeJwt, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { ask, type Answer, type Method } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { startLocalIssuer, type LocalIssuer } from '../testing/local-issuer';
import { routesOf, type Route } from '../testing/routes';
import { sourceRow } from '../testing/rows';

jest.setTimeout(240_000);

/** What everybody may call, and what a viewer may: all else is the administrator's. */
const open = [
  ...['GET /health/live', 'GET /health/ready', 'POST /api/v1/sessions'],
  ...['GET /api/openapi.json', 'GET /api/docs', 'GET /api/docs/:file'],
];
const viewers = [
  'GET /api/v1/me',
  'DELETE /api/v1/sessions/current',
  'GET /api/v1/sources',
  'GET /api/v1/sources/:source/status',
  'POST /api/v1/sources/:source/status/refresh',
];

const nameOf = ({ method, pattern }: Route) => `${method.toUpperCase()} ${pattern}`;
const isOpen = (route: Route) => open.includes(nameOf(route));

/** Other spellings of one address, by which some guards were passed before. */
const spellings: readonly (readonly [string, (route: Route) => { method: Method; path: string }])[] = [
  ['as it is', ({ method, path }) => ({ method, path })],
  ['HEAD', ({ method, path }) => ({ method: method === 'get' ? 'head' : method, path })],
  ['doubled slash', ({ method, path }) => ({ method, path: `/${path}` })],
  ['doubled slash inside', ({ method, path }) => ({ method, path: path.replace('/v1/', '/v1//') })],
  ['encoded slash', ({ method, path }) => ({ method, path: path.replace('/v1/', '/v1%2F') })],
  ['encoded letter', ({ method, path }) => ({ method, path: path.replace('/v1/', '/%76%31/') })],
  ['semicolon', ({ method, path }) => ({ method, path: `${path};x=1` })],
  ['trailing slash', ({ method, path }) => ({ method, path: `${path}/` })],
  ['upper case', ({ method, path }) => ({ method, path: path.toUpperCase() })],
  ['dot', ({ method, path }) => ({ method, path: path.replace('/v1/', '/v1/./') })],
  ['open route before it', ({ method, path }) => ({ method, path: `/health/live/..${path}` })],
  ['open route after it', ({ method, path }) => ({ method, path: `${path}?/health/live` })],
];

const refused: ReadonlySet<number> = new Set([400, 401, 403, 404, 405]);

interface Credential {
  readonly name: string;
  readonly authorization: string | undefined;
}

async function send(
  gateway: GatewayFixture,
  route: Route,
  credential: Credential,
  spelling: number,
): Promise<Answer> {
  const [, spell] = spellings[spelling]!;
  const { method, path } = spell(route);
  // From elsewhere: this machine itself may read the metrics without a session.
  const asking = ask(gateway.server, method, path).set('x-forwarded-for', '10.0.0.7');
  if (credential.authorization !== undefined) asking.set('authorization', credential.authorization);
  return method === 'get' || method === 'head' ? asking : asking.send({});
}

/** Every route × every credential × every spelling; what got in that should not have. */
async function intruders(gateway: GatewayFixture, credentials: readonly Credential[]) {
  const routes = routesOf(gateway.app).filter((route) => !isOpen(route));
  const inside: string[] = [];
  let tried = 0;
  const tries = routes.flatMap((route) => credentials.map((credential) => ({ route, credential })));
  for (const { route, credential } of tries) {
    const answers = spellings.map((_, spelling) => send(gateway, route, credential, spelling));
    for (const [spelling, { status }] of (await Promise.all(answers)).entries()) {
      tried += 1;
      if (refused.has(status)) continue;
      inside.push(`${nameOf(route)} as ${credential.name}, ${spellings[spelling]![0]}: ${status}`);
    }
  }
  const figures = `${routes.length} routes × ${credentials.length} credentials × ${spellings.length} spellings`;
  process.stdout.write(`     role matrix: ${figures} = ${tried} requests, ${inside.length} unexpected\n`);
  return inside;
}

const now = Date.parse('2026-11-23T12:00:00Z') / 1000;

/** Spellings that name something else, or nothing: not even an administrator gets anywhere by them. */
const elsewhere = [
  'doubled slash',
  'doubled slash inside',
  'encoded slash',
  'semicolon',
  'trailing slash',
  'upper case',
];

describe('with local accounts', () => {
  let gateway: GatewayFixture;
  beforeAll(async () => {
    gateway = await startGateway();
    gateway.views.rows.sources = [sourceRow()];
  });
  afterAll(() => gateway.stop());

  async function badOnes(): Promise<Credential[]> {
    const key = await gateway.store.accounts.signingKey();
    const good = gateway.authorization.slice('Bearer '.length);
    const claims: JWTPayload = decodeJwt(good);
    const signed = (over: object, alg = 'HS256', secret: Uint8Array = key) =>
      new SignJWT({ ...claims, ...over }).setProtectedHeader({ alg }).sign(secret);
    const [header, , signature] = good.split('.');
    const altered = Buffer.from(JSON.stringify({ ...claims, exp: now + 99_999 })).toString('base64url');
    const nobody = await gateway.signedIn('nobody', []);
    return Object.entries({
      'no token': undefined,
      'an expired token': `Bearer ${await signed({ exp: now - 60 })}`,
      'another issuer': `Bearer ${await signed({ iss: 'elsewhere' })}`,
      'another audience': `Bearer ${await signed({ aud: 'elsewhere' })}`,
      'algorithm none': `Bearer ${new UnsecuredJWT({ ...claims }).encode()}`,
      'another algorithm': `Bearer ${await signed({}, 'HS512', new Uint8Array(64).fill(1))}`,
      'another key': `Bearer ${await signed({}, 'HS256', new Uint8Array(32).fill(1))}`,
      'an altered token': `Bearer ${header}.${altered}.${signature}`,
      'no session': `Bearer ${await signed({ jti: '11111111-0000-4000-8000-999999999999' })}`,
      'the password': `Basic ${Buffer.from('administrator:x').toString('base64')}`,
      'no role': nobody,
    }).map(([name, authorization]) => ({ name, authorization }));
  }

  it('nobody gets in who should not, by no spelling of any route', async () => {
    expect(await intruders(gateway, await badOnes())).toEqual([]);
    expect(gateway.messenger.asked).toEqual([]);
  });

  it('a viewer may do what a viewer may, and nothing else by any spelling', async () => {
    const viewer = { name: 'viewer', authorization: await gateway.signedIn('viewer', ['viewer']) };
    const allowed: string[] = [];
    for (const route of routesOf(gateway.app).filter((each) => !isOpen(each))) {
      for (const spelling of spellings.keys()) {
        // Signing out would end the session under test: it is taken with one of its own.
        const own = nameOf(route).startsWith('DELETE /api/v1/sessions')
          ? { name: 'viewer', authorization: await gateway.signedIn('viewer', ['viewer']) }
          : viewer;
        const { status } = await send(gateway, route, own, spelling);
        if (!refused.has(status)) allowed.push(nameOf(route));
      }
    }
    expect([...new Set(allowed)].sort()).toEqual([...viewers].sort());
  });

  it('a path has one spelling, for everybody', async () => {
    for (const route of routesOf(gateway.app)) {
      for (const [spelling, [name]] of spellings.entries()) {
        if (!elsewhere.includes(name) || spellings[spelling]![1](route).path === route.path) continue;
        const authorization = await gateway.signedIn('administrator', ['administrator']);
        const { status } = await send(gateway, route, { name: 'administrator', authorization }, spelling);
        expect([nameOf(route), name, status < 200 || status >= 300]).toEqual([nameOf(route), name, true]);
      }
    }
  });

  it('an administrator gets past the guard everywhere', async () => {
    for (const route of routesOf(gateway.app).filter((each) => !isOpen(each))) {
      const authorization = await gateway.signedIn('administrator', ['administrator']);
      // A stream that is let in does not end by itself.
      const asked = route.path.endsWith('/stream') ? { ...route, method: 'head' as const } : route;
      const { status } = await send(gateway, asked, { name: 'administrator', authorization }, 0);
      expect([nameOf(route), status]).not.toEqual([nameOf(route), 401]);
      expect([nameOf(route), status]).not.toEqual([nameOf(route), 403]);
    }
  });
});

describe('with the tokens of an issuer elsewhere', () => {
  let issuer: LocalIssuer;
  let gateway: GatewayFixture;
  beforeAll(async () => {
    issuer = await startLocalIssuer();
    gateway = await startGateway({ issuer: issuer.settings });
    gateway.views.rows.sources = [sourceRow()];
  });
  afterAll(async () => {
    await gateway.stop();
    await issuer.stop();
  });

  const claims = {
    iss: 'https://id.example',
    aud: 'daymark',
    sub: 'somebody@example.org',
    exp: now + 600,
    nbf: now,
    iat: now,
    realm_access: { roles: ['administrator'] },
  };
  const me = (token: string) =>
    ask(gateway.server, 'get', '/api/v1/me').set('authorization', `Bearer ${token}`);

  it('takes its tokens, with the roles that stand where they should', async () => {
    const { body } = await me(await issuer.sign({ ...claims, realm_access: { roles: ['other', 'viewer'] } }));
    expect(body).toEqual({ name: 'somebody@example.org', roles: ['viewer'] });
    expect((await me(await issuer.sign({ ...claims, aud: ['other', 'daymark'] }))).status).toBe(200);
    expect((await me(await issuer.sign({ ...claims, nbf: now + 25, exp: now + 60 }))).status).toBe(200);
  });

  it('nobody gets in who should not, by no spelling of any route', async () => {
    const signed = async (over: object) => `Bearer ${await issuer.sign({ ...claims, ...over })}`;
    const hs = (secret: string) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
        .sign(createSecretKey(secret, 'utf8'));
    const good = await signed({});
    const credentials = Object.entries({
      'no token': undefined,
      'an expired token': await signed({ exp: now - 60 }),
      'a token that does not end': await signed({ exp: undefined }),
      'a token that has not begun': await signed({ nbf: now + 60 }),
      'another issuer': await signed({ iss: 'https://id.example/' }),
      'another audience': await signed({ aud: 'elsewhere' }),
      'no subject': await signed({ sub: undefined }),
      'the name of a service': await signed({ sub: 'system:scheduling' }),
      'algorithm none': `Bearer ${new UnsecuredJWT(claims).encode()}`,
      'the public key as a secret': `Bearer ${await hs(issuer.publicPem)}`,
      'an altered token': `${good.slice(0, -8)}AAAAAAAA`,
      'a token of ours': gateway.authorization,
      'no role': await signed({ realm_access: { roles: [] } }),
      'a role that is a text': await signed({ realm_access: { roles: 'administrator' } }),
      'a role in another claim': await signed({ realm_access: undefined, roles: ['administrator'] }),
    }).map(([name, authorization]) => ({ name, authorization }));
    expect(await intruders(gateway, credentials)).toEqual([]);
    expect(gateway.messenger.asked).toEqual([]);
  });

  it('has no accounts and sessions of its own', async () => {
    const token = await issuer.sign(claims);
    for (const [method, path] of [
      ['post', '/sessions'],
      ['delete', '/sessions/current'],
      ['get', '/users'],
    ] as const) {
      const asking = ask(gateway.server, method, `/api/v1${path}`).set('authorization', `Bearer ${token}`);
      const { status, body } = await asking.send(
        method === 'post' ? { username: 'a', password: 'b' } : undefined,
      );
      expect([path, status, body.code]).toEqual([path, 409, 'LOCAL_ACCOUNTS_OFF']);
    }
  });

  it('follows its keys, and its outages lock nobody out for an hour and let nobody in', async () => {
    const at = (seconds: number) => {
      gateway.clock.now = new Date((now + seconds) * 1000).toISOString();
    };
    const long = { ...claims, exp: now + 99_999 };
    const old = await issuer.sign(long);
    expect((await me(old)).status).toBe(200);
    await issuer.rotate();
    at(60);
    const fresh = await issuer.sign(long);
    expect((await me(fresh)).status).toBe(200);
    expect((await me(old)).status).toBe(401);
    issuer.answer({ status: 503, body: 'not now' });
    at(60 + 59 * 60);
    const before = issuer.fetched();
    const many = await Promise.all(Array.from({ length: 20 }, () => me(fresh)));
    expect(new Set(many.map(({ status }) => status))).toEqual(new Set([200]));
    expect(issuer.fetched() - before).toBe(1);
    at(60 + 61 * 60);
    for (const answer of [{ status: 200, body: '{"keys":7}' }, { status: 200, body: '<html>' }, null]) {
      issuer.answer(answer);
      at(60 + 62 * 60 + issuer.fetched() * 31);
      expect((await me(fresh)).status).toBe(answer === null ? 200 : 401);
    }
  });
});
