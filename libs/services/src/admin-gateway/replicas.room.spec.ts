/** Two gateways on one log and one database: whichever a client reaches, it is told the same. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { EventReader } from '../testing';
import { ask } from './testing/asking';
import { PASSWORD, startGateway, type GatewayFixture } from './testing/gateway-fixture';
import { SOURCE_ID, settings } from './testing/rows';
import { recovered, writeEvents } from './testing/written-events';

let one: GatewayFixture;
let other: GatewayFixture;

beforeEach(async () => {
  one = await startGateway();
  other = await startGateway({ beside: one });
});
afterEach(async () => {
  await other.stop();
  await one.stop();
});

const signIn = (gateway: GatewayFixture, password: string) =>
  ask(gateway.server, 'post', '/api/v1/sessions').send({ username: 'administrator', password });
const me = (gateway: GatewayFixture, token: string) =>
  ask(gateway.server, 'get', '/api/v1/me').set('authorization', `Bearer ${token}`);

describe('two gateways', () => {
  it('know each other their sessions, and their ends', async () => {
    const { body } = await signIn(one, PASSWORD);
    expect((await me(other, body.token)).status).toBe(200);
    await ask(other.server, 'delete', '/api/v1/sessions/current').set(
      'authorization',
      `Bearer ${body.token}`,
    );
    expect((await me(one, body.token)).status).toBe(401);
  });

  it('count attempts together', async () => {
    const guesses = [];
    for (const gateway of [one, other, one, other, one, other]) guesses.push(await signIn(gateway, 'wrong'));
    expect(guesses.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('carry a request out once, whichever is asked', async () => {
    const answer = { sourceId: SOURCE_ID, settings, revision: 1, position: '00000000000000000007' };
    for (const gateway of [one, other]) gateway.messenger.on(SUBJECTS.registerSource, () => answer);
    const register = (gateway: GatewayFixture) =>
      ask(gateway.server, 'post', '/api/v1/sources')
        .set('authorization', one.authorization)
        .set('idempotency-key', 'k1')
        .send(settings);
    const both = await Promise.all([register(one), register(other)]);
    const statuses = both.map(({ status }) => status).sort();
    expect([
      [201, 201],
      [201, 409],
    ]).toContainEqual(statuses);
    expect((await register(other)).text).toBe((await register(one)).text);
    const asked = [one, other].flatMap(({ messenger }) => messenger.questions(SUBJECTS.registerSource));
    expect(asked).toHaveLength(1);
  });

  it('let a reader of events go on at the other', async () => {
    const reader = new EventReader(() => one.authorization);
    for (const gateway of [one, other]) {
      await gateway.app.listen(0, '127.0.0.1');
      await reader.connect(`${await gateway.app.getUrl()}/api/v1/events/stream`);
      await writeEvents(one.log, 'source', recovered(), recovered());
      await reader.has(reader.events.length + 1);
      await reader.leave();
      await writeEvents(one.log, 'source', recovered());
    }
    await reader.connect(`${await one.app.getUrl()}/api/v1/events/stream`);
    await reader.has(6);
    await reader.leave();
    const places = Array.from({ length: 6 }, (_, at) => String(at + 1).padStart(20, '0'));
    expect(reader.events.map(({ id }) => id)).toEqual(places);
  });
});
