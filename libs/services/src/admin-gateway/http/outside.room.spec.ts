/** What is configured of how the gateway meets the outside: other origins, proxies. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { GatewayEdge } from '../configure-gateway';
import { ask } from '../testing/asking';
import { PASSWORD, startGateway, type GatewayFixture } from '../testing/gateway-fixture';

let gateway: GatewayFixture;
afterEach(() => gateway.stop());

const start = async (edge: Partial<GatewayEdge> = {}) => {
  gateway = await startGateway({ edge });
};
const origin = 'https://tools.example.org';
const me = () =>
  ask(gateway.server, 'get', '/api/v1/me').set('authorization', gateway.authorization).set('origin', origin);

describe('pages of other origins', () => {
  it('may read nothing unless they are named', async () => {
    await start();
    expect((await me()).headers['access-control-allow-origin']).toBeUndefined();
    await gateway.stop();
    await start({ corsOrigins: ['https://others.example.org'] });
    expect((await me()).headers['access-control-allow-origin']).toBeUndefined();
  });

  it('that are named may, with a token and never with the cookie', async () => {
    await start({ corsOrigins: [origin] });
    const { headers } = await me();
    expect(headers['access-control-allow-origin']).toBe(origin);
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(headers['access-control-expose-headers']).toContain('etag');
  });
});

describe('a proxy', () => {
  const signIn = () =>
    ask(gateway.server, 'post', '/api/v1/sessions')
      .set('x-forwarded-for', '192.0.2.7')
      .set('x-forwarded-proto', 'https')
      .send({ username: 'administrator', password: PASSWORD });
  const seen = async () => {
    const { headers } = await signIn();
    const audit = ask(gateway.server, 'get', '/api/v1/audit').set('authorization', gateway.authorization);
    const [entry] = (await audit).body.items;
    return { address: entry?.['address'], secure: String(headers['set-cookie']).includes('; Secure') };
  };

  it('is not believed unless it is named', async () => {
    await start({ trustedProxies: ['10.0.0.0/8'] });
    const { address, secure } = await seen();
    expect([String(address).endsWith('127.0.0.1'), secure]).toEqual([true, false]);
  });

  it('that is named says where a request comes from, and that it came by https', async () => {
    await start({ trustedProxies: ['loopback'] });
    expect(await seen()).toEqual({ address: '192.0.2.7', secure: true });
  });
});
