import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { rejection } from '../testing/scripted-messenger';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { SOURCE_ID, settings, sourceRow } from '../testing/rows';

let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
  gateway.messenger.on(SUBJECTS.registerSource, () => registered);
});
afterEach(() => gateway.stop());

const registered = { sourceId: SOURCE_ID, settings, revision: 1, position: '00000000000000000007' };

const post = (path: string, body: object, key: string, authorization = gateway.authorization) =>
  ask(gateway.server, 'post', `/api/v1${path}`)
    .set('authorization', authorization)
    .set('idempotency-key', key)
    .send(body);
const register = (over: object = {}, key = 'k1') => post('/sources', { ...settings, ...over }, key);
const asked = () => gateway.messenger.questions(SUBJECTS.registerSource);

describe('a POST that names an idempotency key', () => {
  it('is carried out once, and answered alike for a day', async () => {
    const first = await register();
    const again = await register();
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.text).toBe(first.text);
    for (const name of ['location', 'etag']) expect(again.headers[name]).toBe(first.headers[name]);
    expect([first.headers, again.headers].map((all) => all['idempotent-replayed'])).toEqual([
      undefined,
      'true',
    ]);
    expect(asked()).toHaveLength(1);
    gateway.clock.now = '2026-11-24T12:00:00.001Z';
    gateway.messenger.on(SUBJECTS.registerSource, () => ({ ...registered, revision: 2 }));
    const session = await gateway.signedIn('administrator', ['administrator']);
    expect((await post('/sources', settings, 'k1', session)).body.revision).toBe(2);
  });

  it('is the same request however its fields are ordered, and another with any other content', async () => {
    await register();
    const reversed = Object.fromEntries(Object.entries(settings).reverse());
    expect((await post('/sources', reversed, 'k1')).headers['idempotent-replayed']).toBe('true');
    for (const { status, body } of [
      await register({ name: 'others' }),
      await post('/sources/test', settings, 'k1'),
    ]) {
      expect([status, body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    expect(asked()).toHaveLength(1);
  });

  it('is told to wait while the first one is not answered', async () => {
    let answer = (_: unknown): void => undefined;
    const began = new Promise<void>((begin) => {
      gateway.messenger.on(SUBJECTS.registerSource, () => {
        begin();
        return new Promise((resolve) => (answer = resolve));
      });
    });
    const first = Promise.resolve(register());
    await began;
    const { status, body, headers } = await register();
    expect([status, body.code, headers['retry-after']]).toEqual([409, 'IDEMPOTENCY_KEY_IN_FLIGHT', '1']);
    answer(registered);
    expect((await first).status).toBe(201);
    expect((await register()).status).toBe(201);
  });

  it('takes over from one that died, as the same command', async () => {
    await register();
    await gateway.pool.query(`UPDATE ${gateway.schema}.idempotency_keys SET answer = NULL`);
    expect((await register()).status).toBe(409);
    gateway.clock.now = '2026-11-23T12:01:00.000Z';
    expect((await register()).status).toBe(201);
    const [one, two] = asked().map((question) => (question['caller'] as { commandId: string }).commandId);
    expect(two).toBe(one);
  });

  it('may try again after a refusal, which changed nothing', async () => {
    gateway.messenger.on(SUBJECTS.registerSource, () => {
      throw rejection('SOURCE_NAME_TAKEN');
    });
    expect((await register()).status).toBe(409);
    gateway.messenger.on(SUBJECTS.registerSource, () => registered);
    expect((await register()).status).toBe(201);
  });

  it('has the key for its own account', async () => {
    await register();
    const other = await gateway.signedIn('second', ['administrator']);
    expect((await post('/sources', settings, 'k1', other)).headers['idempotent-replayed']).toBeUndefined();
    expect(asked()).toHaveLength(2);
  });

  it('leaves no password behind', async () => {
    const user = { name: 'reader', password: 'a canary 4711', roles: ['viewer'] };
    const first = await post('/users', user, 'k1');
    expect([first.status, (await post('/users', user, 'k1')).text]).toEqual([201, first.text]);
    const other = await post('/users', { ...user, password: 'another canary' }, 'k1');
    expect(other.status).toBe(422);
    const { rows } = await gateway.pool.query(`SELECT * FROM ${gateway.schema}.idempotency_keys`);
    expect(JSON.stringify(rows)).not.toContain('canary');
  });

  it('is refused where the key cannot be one', async () => {
    for (const key of ['', 'a b', 'x'.repeat(256)]) {
      const { status, body } = await register({}, key);
      expect([status, body.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    }
  });
});
