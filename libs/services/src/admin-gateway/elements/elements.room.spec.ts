import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, settings, sourceRow } from '../testing/rows';

let gateway: GatewayFixture;

const flows = '6f6ad1c4-5c0c-4f10-9a7d-0d5f4a4a9b02';
const element = (key: string, payload: string | null = `{"flow_id":${JSON.stringify(key)}}`) => ({
  ...{ key, version: '-9223372036854775808', payload, bytes: 5 },
});

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [
    sourceRow(),
    sourceRow({ id: flows, settings: { ...settings, name: 'flows' } }),
  ];
  gateway.elements.items = ['a', 'b', 'c'].map((key) => element(key));
});
afterEach(() => gateway.stop());

const call = (query: object | string = {}, path = 'orders/days/2026-11-13', method: 'get' | 'head' = 'get') =>
  ask(gateway.server, method, `/api/v1/sources/${path}/elements`)
    .set('authorization', gateway.authorization)
    .query(query);

describe('the elements of a day', () => {
  it('have the shape that is pinned', async () => {
    const { status, headers, body } = await call();
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    const payload = (key: string) => ({ flow_id: key });
    const version = '-9223372036854775808';
    expect(body).toEqual({
      items: ['a', 'b', 'c'].map((key) => ({ key, version, payload: payload(key) })),
      nextCursor: null,
    });
    expect(gateway.elements.asked).toEqual([
      { sourceId: SOURCE_ID, day: '2026-11-13', after: null, limit: 100 },
    ]);
  });

  it('leave as the database wrote them', async () => {
    const payload = '{"9":"1","__proto__":"x","1":null,"text":"\\u0000 😀 \\"\\u2028"}';
    gateway.elements.items = [element('["a\\"b", "😀"]', payload)];
    const { text } = await call();
    const item = `{"key":"[\\"a\\\\\\"b\\", \\"😀\\"]","version":"-9223372036854775808","payload":${payload}}`;
    expect(text).toBe(`{"items":[${item}],"nextCursor":null}`);
  });

  it('are named without payload, with its size, where it is too large', async () => {
    gateway.elements.items = [{ ...element('a', null), bytes: 100_000_000 }];
    const [item] = (await call()).body.items;
    expect(item).toEqual({
      ...{ key: 'a', version: '-9223372036854775808', payload: null, bytes: 100_000_000 },
    });
  });

  it('are none on a day that was never copied', async () => {
    gateway.elements.items = [];
    const { status, body } = await call();
    expect([status, body]).toEqual([200, { items: [], nextCursor: null }]);
  });

  it('are paged to the end, by the cursor of the page before', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const { body } = await call({ limit: '2', ...(cursor === null ? {} : { cursor }) });
      seen.push(...body.items.map(({ key }) => String(key)));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(['a', 'b', 'c']);
    expect(gateway.elements.asked.map(({ after }) => after)).toEqual([null, 'b']);
  });

  it('refuse the cursor of another day, source or filter, and none that this list gave out', async () => {
    const { nextCursor: cursor } = (await call({ limit: '1' })).body;
    expect((await call({ cursor }, `${SOURCE_ID}/days/2026-11-13`)).status).toBe(200);
    gateway.elements.asked.length = 0;
    const others: [object, string?][] = [
      [{ cursor }, 'orders/days/2026-11-14'],
      [{ cursor }, 'flows/days/2026-11-13'],
      [{ cursor, prefix: 'a' }],
      [{ cursor, prefix: '' }],
      [{ cursor, key: 'a' }],
      [{ cursor: '' }],
      [{ cursor: 'a' }],
      [{ cursor: '\0' }],
      [{ cursor: `${cursor ?? ''}=` }],
      [{ cursor: Buffer.from('run 00000000000000000007').toString('base64url') }],
    ];
    for (const [query, path] of others) {
      const { status, body } = await call(query, path);
      expect([query, status, body.code]).toEqual([query, 400, 'CURSOR_INVALID']);
    }
    expect(gateway.elements.asked).toEqual([]);
  });

  it('are asked for by key or by prefix, whatever is in them', async () => {
    await call({ key: `"; --\0 😀` });
    await call({ prefix: '', limit: '500' });
    expect(gateway.elements.asked).toEqual([
      { sourceId: SOURCE_ID, day: '2026-11-13', after: null, limit: 100, key: `"; --\0 😀` },
      { sourceId: SOURCE_ID, day: '2026-11-13', after: null, limit: 500, prefix: '' },
    ]);
  });

  it.each([
    [{ limit: '0' }],
    [{ limit: '501' }],
    [{ limit: 'all' }],
    [{ key: 'a', prefix: 'a' }],
    [{ key: ['a', 'b'] }],
    [{ cursor: ['a', 'b'] }],
    [{ search: 'a' }],
  ])('answer 400 to %j', async (query) => {
    const { status, body } = await call(query);
    expect([status, body.code]).toEqual([400, 'REQUEST_INVALID']);
  });

  it.each(['2026-02-30', '2026-11', 'today', '%00', '0000-01-01'])('answer 400 on %s', async (day) => {
    const { status, body } = await call({}, `orders/days/${day}`);
    expect([status, body.code]).toEqual([400, 'DAY_INVALID']);
  });

  it('answer 404 where the source is unknown, or removed, as the day itself does', async () => {
    for (const source of ['nobody', RUN_ID, '%00']) {
      const { status, body } = await call({}, `${source}/days/2026-11-13`);
      expect([status, body.code]).toEqual([404, 'SOURCE_UNKNOWN']);
    }
  });

  it('answer 503 while the target is not in reach', async () => {
    gateway.elements.page = () =>
      Promise.reject(Object.assign(new Error('x'), { name: 'ElementsFault', code: 'TARGET_UNAVAILABLE' }));
    const { status, headers, body } = await call();
    expect([status, body.code, headers['retry-after']]).toEqual([503, 'TARGET_UNAVAILABLE', '5']);
  });

  it('take HEAD', async () => {
    const { status, headers, body } = await call({}, undefined, 'head');
    expect([status, headers['content-type'], body]).toEqual([200, 'application/json; charset=utf-8', {}]);
  });
});
