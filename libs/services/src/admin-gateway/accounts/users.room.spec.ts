import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ask, type Asking, type Method } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { SOURCE_ID, sourceRow } from '../testing/rows';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const users = (method: Method, path = '', authorization = gateway.authorization): Asking =>
  ask(gateway.server, method, `/api/v1/users${path}`).set('authorization', authorization);

const reader = { name: 'reader@example.org', password: 'long enough', roles: ['viewer'] };

describe('users', () => {
  it('are made, shown, changed and removed, their passwords never shown', async () => {
    const made = await users('post').send(reader);
    expect([made.status, made.headers['location']]).toEqual([201, '/api/v1/users/reader%40example.org']);
    expect(made.body).toEqual({ name: reader.name, roles: ['viewer'], createdAt: expect.any(String) });
    expect((await users('get', `/${reader.name}`)).body).toEqual(made.body);
    const names = (await users('get')).body.items.map(({ name }) => name);
    expect(names).toEqual(['administrator', reader.name]);
    const risen = await users('patch', `/${reader.name}`).send({ roles: ['viewer', 'administrator'] });
    expect(risen.body['roles']).toEqual(['viewer', 'administrator']);
    expect((await users('delete', `/${reader.name}`)).status).toBe(204);
    const gone = await users('get', `/${reader.name}`);
    expect([gone.status, gone.body.code]).toEqual([404, 'USER_UNKNOWN']);
    expect((await users('delete', `/${reader.name}`)).status).toBe(404);
  });

  it('sign in with their password, and with the new one once it changed', async () => {
    await users('post').send(reader);
    const signIn = (password: string) =>
      ask(gateway.server, 'post', '/api/v1/sessions').send({ username: reader.name, password });
    const { body } = await signIn(reader.password);
    await users('patch', `/${reader.name}`).send({ password: 'another one' });
    const me = ask(gateway.server, 'get', '/api/v1/me').set('authorization', `Bearer ${body.token}`);
    expect((await me).status).toBe(401);
    expect((await signIn(reader.password)).status).toBe(401);
    expect((await signIn('another one')).status).toBe(201);
  });

  it('have a name each', async () => {
    await users('post').send(reader);
    const { status, body } = await users('post').send({ ...reader, password: 'something else' });
    expect([status, body.code, body.errors[0]?.path]).toEqual([409, 'USER_NAME_TAKEN', 'name']);
  });

  it.each([
    [{ name: 'system:scheduling' }, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a b' }, 'name'],
    [{ name: 'a'.repeat(65) }, 'name'],
    [{ password: 'short' }, 'password'],
    [{ password: undefined }, 'password'],
    [{ roles: [] }, 'roles'],
    [{ roles: ['root'] }, 'roles'],
    [{ roles: ['viewer', 'viewer'] }, 'roles'],
    [{ roles: 'viewer' }, 'roles'],
    [{ more: 1 }, 'more'],
  ])('are refused: %j', async (over, path) => {
    const { status, body } = await users('post').send({ ...reader, ...over });
    expect([status, body.errors[0]?.path]).toEqual([400, path]);
    expect((await users('get')).body.items).toHaveLength(1);
  });

  it('keep one administrator, whoever removes whom at once', async () => {
    const last = await users('delete', '/administrator');
    expect([last.status, last.body.code]).toEqual([409, 'LAST_ADMINISTRATOR']);
    const lowered = await users('patch', '/administrator').send({ roles: ['viewer'] });
    expect(lowered.status).toBe(409);
    await gateway.signedIn('second', ['administrator']);
    const { accounts } = gateway.store;
    const both = await Promise.all(['administrator', 'second'].map((name) => accounts.remove(name)));
    expect(both.filter((refusal) => refusal === null)).toHaveLength(1);
    expect(both).toContain('last-administrator');
  });

  it('are listed page by page', async () => {
    for (const name of ['c', 'a', 'b']) await gateway.signedIn(name, ['viewer']);
    const first = await users('get').query({ limit: 3 });
    expect(first.body.items.map(({ name }) => name)).toEqual(['a', 'administrator', 'b']);
    const rest = await users('get').query({ limit: 3, cursor: first.body.nextCursor ?? '' });
    expect([rest.body.items.map(({ name }) => name), rest.body.nextCursor]).toEqual([['c'], null]);
    for (const cursor of ['x', '', 'dXNlciBhIGI', `${first.body.nextCursor}=`]) {
      expect((await users('get').query({ cursor })).status).toBe(400);
    }
  });

  it('that nobody could have are unknown, not an error', async () => {
    for (const name of ['%00', 'a%2Fb', '%F0%9F%98%80', 'x'.repeat(500)]) {
      expect([name, (await users('get', `/${name}`)).status]).toEqual([name, 404]);
      expect((await users('delete', `/${name}`)).status).toBe(404);
    }
  });
});

describe('a viewer', () => {
  it('sees who it is and how sources stand, and nothing else', async () => {
    const viewer = await gateway.signedIn('somebody', ['viewer']);
    expect((await users('get', '', viewer)).body.code).toBe('FORBIDDEN');
    const me = await ask(gateway.server, 'get', '/api/v1/me').set('authorization', viewer);
    expect(me.body).toEqual({ name: 'somebody', roles: ['viewer'] });
    gateway.views.rows.sources = [sourceRow()];
    const { body } = await ask(gateway.server, 'get', '/api/v1/sources').set('authorization', viewer);
    expect(body.items).toEqual([{ id: SOURCE_ID, name: 'orders', timeZone: 'Europe/Rome' }]);
  });
});

describe('an account that signs in', () => {
  it('may be removed meanwhile', async () => {
    const viewer = await gateway.signedIn('somebody', ['viewer']);
    await users('delete', '/somebody');
    const me = await ask(gateway.server, 'get', '/api/v1/me').set('authorization', viewer);
    expect([me.status, me.body.code]).toEqual([401, 'SESSION_INVALID']);
  });
});
