import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { ask, type Asking, type Method } from '../testing/asking';
import { PASSWORD, startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { SOURCE_ID, settings } from '../testing/rows';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
});
afterEach(() => gateway.stop());

const as = (method: Method, path: string): Asking =>
  ask(gateway.server, method, `/api/v1${path}`).set('authorization', gateway.authorization);
const entries = async () => (await as('get', '/audit')).body.items;

describe('the audit', () => {
  it('keeps every command with its actor, and where its effect stands', async () => {
    const position = '00000000000000000007';
    gateway.messenger.on(SUBJECTS.registerSource, () => ({
      sourceId: SOURCE_ID,
      settings,
      revision: 1,
      position,
    }));
    await as('post', '/sources').set('x-correlation-id', 'trace-7').send(settings);
    await as('post', '/users').send({ name: 'reader', password: 'long enough', roles: ['viewer'] });
    await ask(gateway.server, 'post', '/api/v1/sessions').send({
      username: 'administrator',
      password: PASSWORD,
    });
    const common = {
      kind: 'command',
      actor: 'administrator',
      via: 'bearer',
      method: 'POST',
      status: 201,
      code: null,
    };
    expect(await entries()).toEqual([
      expect.objectContaining({ ...common, path: '/api/v1/sessions' }),
      expect.objectContaining({ ...common, path: '/api/v1/users', position: null }),
      expect.objectContaining({ ...common, path: '/api/v1/sources', position, correlationId: 'trace-7' }),
    ]);
  });

  it('keeps every refusal, with nobody where nobody was let in, and no secret', async () => {
    const bad = 'Bearer canary-4711';
    await ask(gateway.server, 'delete', `/api/v1/sources/x?token=canary-4711`).set('authorization', bad);
    await as('post', '/users').send({ name: 'reader', password: 'canary-4711' });
    const kept = await entries();
    expect(kept).toEqual([
      expect.objectContaining({
        kind: 'refusal',
        actor: 'administrator',
        status: 400,
        code: 'REQUEST_INVALID',
      }),
      expect.objectContaining({
        actor: null,
        via: null,
        status: 401,
        code: 'SESSION_INVALID',
        path: '/api/v1/sources/x',
      }),
    ]);
    expect(JSON.stringify(kept)).not.toContain('canary');
  });

  it('is bounded for who is refused without end, and says how many were passed over', async () => {
    for (let begun = 0; begun < 600; begun += 50) {
      await Promise.all(Array.from({ length: 50 }, () => ask(gateway.server, 'get', '/api/v1/me')));
    }
    gateway.clock.now = '2026-11-23T12:00:01.000Z';
    await ask(gateway.server, 'get', '/api/v1/me');
    const { rows } = await gateway.pool.query<{ rows: string; refusals: string }>(
      `SELECT count(*) AS rows, sum(repeated) AS refusals FROM ${gateway.schema}.audit`,
    );
    expect(rows).toEqual([{ rows: '501', refusals: '601' }]);
  });

  it('is read page by page, newest first', async () => {
    for (const name of ['a', 'b', 'c']) await as('delete', `/users/${name}`);
    const first = await as('get', '/audit').query({ limit: 2 });
    expect(first.body.items.map(({ path }) => path.at(-1))).toEqual(['c', 'b']);
    const rest = await as('get', '/audit').query({ limit: 2, cursor: first.body.nextCursor ?? '' });
    expect([rest.body.items.length, rest.body.nextCursor]).toEqual([1, null]);
    expect((await as('get', '/audit').query({ cursor: 'x' })).status).toBe(400);
  });
});
