import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PageWanted, RunRow } from '@daymark/views';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, runRow, sourceRow } from '../testing/rows';

const CSV = 'text/csv';
const NDJSON = 'application/x-ndjson';

let gateway: GatewayFixture;
let pages: PageWanted[];

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
  pages = [];
});
afterEach(() => gateway.stop());

const idOf = (number: number) => `0d9b6c1e-3a53-4be3-8a6e-${String(number).padStart(12, '0')}`;

/** As a database does, it lets others have a turn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Views with so many runs; a page of them is told, then read. */
function runs(count: number, read: (from: number) => Promise<unknown> = nextTurn): void {
  gateway.views.runs = async (filter, page) => {
    gateway.views.asked.filters.push(filter);
    pages.push(page);
    const from = Number(page.cursor ?? '0');
    const to = Math.min(count, from + page.limit);
    await read(from);
    const items: RunRow[] = [];
    for (let number = from; number < to; number += 1) {
      items.push(runRow({ id: idOf(number), status: 'succeeded', finishedAt: '2026-11-23T03:01:00.000Z' }));
    }
    return { items, nextCursor: to < count ? String(to) : null };
  };
}

const history = (accept: string, query: object = {}, method: 'get' | 'head' = 'get') =>
  ask(gateway.server, method, '/api/v1/history')
    .set('authorization', gateway.authorization)
    .set('accept', accept)
    .query(query);

/** The gateway behind a real socket, so that a client can be slow or leave. */
async function open(accept: string): Promise<IncomingMessage> {
  await gateway.app.listen(0, '127.0.0.1');
  const url = `${await gateway.app.getUrl()}/api/v1/history`;
  return new Promise((resolve, reject) => {
    get(url, { headers: { accept, authorization: gateway.authorization } }, (answer) => {
      answer.on('error', () => undefined); // a broken answer is what some of these are about
      resolve(answer);
    }).on('error', reject);
  });
}

/** How many pages were asked for, once that has not changed for a while. */
async function pagesAtRest(): Promise<number> {
  let [before, looks] = [-1, 0];
  for (let tries = 0; looks < 20; tries += 1) {
    if (tries > 1000) throw new Error('Pages are read for ever.');
    await new Promise((resolve) => setTimeout(resolve, 10));
    looks = before === pages.length ? looks + 1 : 0;
    before = pages.length;
  }
  return before;
}

describe('the history as CSV or NDJSON', () => {
  it('is all that the filter lets through, read page by page', async () => {
    runs(250);
    const { status, headers, text } = await history(CSV, { source: 'orders', status: 'succeeded' });
    expect([status, headers['content-type']]).toEqual([200, 'text/csv; charset=utf-8; header=present']);
    const disposition = 'attachment; filename="daymark-history-orders-2026-11-23.csv"';
    expect([headers['content-disposition'], headers['vary']]).toEqual([
      disposition,
      expect.stringMatching(/accept/i),
    ]);
    const lines = text.split('\r\n');
    expect([lines[0]?.startsWith('id,sourceId,'), lines.at(-1)]).toEqual([true, '']);
    const wanted = Array.from({ length: 250 }, (_, number) => idOf(number));
    expect(lines.slice(1, -1).map((line) => line.split(',')[0])).toEqual(wanted);
    expect(pages).toEqual([null, '100', '200'].map((cursor) => ({ cursor, limit: 100 })));
    for (const filter of gateway.views.asked.filters)
      expect(filter).toEqual({ sourceId: SOURCE_ID, status: ['succeeded'] });
  });

  it('has on each line of NDJSON what JSON lists', async () => {
    gateway.views.rows.runs = [runRow(), runRow({ id: idOf(2), status: 'succeeded' })];
    const { headers, text } = await history(NDJSON);
    expect(headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
    expect(headers['content-disposition']).toBe('attachment; filename="daymark-history-2026-11-23.ndjson"');
    expect(text.endsWith('\n')).toBe(true);
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(lines).toEqual((await history('application/json')).body.items);
  });

  it('ends at the limit where one is given, and begins behind a cursor', async () => {
    runs(400);
    const { text } = await history(NDJSON, { limit: '150', cursor: '7' });
    expect(text.trimEnd().split('\n')).toHaveLength(150);
    expect(text).toContain(idOf(7));
    expect(pages).toEqual([
      { cursor: '7', limit: 100 },
      { cursor: '107', limit: 50 },
    ]);
  });

  it('is the header alone, or nothing, where there is no run', async () => {
    expect((await history(CSV)).text).toMatch(/^id,[^\r\n]*\r\n$/);
    expect((await history(CSV, { status: 'partial' })).text).toMatch(/^id,[^\r\n]*\r\n$/);
    const { status, text } = await history(NDJSON);
    expect([status, text]).toEqual([200, '']);
  });

  it('is named by the id of a source that is gone', async () => {
    const { headers } = await history(CSV, { source: RUN_ID });
    expect(headers['content-disposition']).toContain(`"daymark-history-${RUN_ID}-2026-11-23.csv"`);
  });

  it('has a head without a body', async () => {
    runs(250);
    const { status, headers, body } = await history(CSV, {}, 'head');
    expect([status, headers['content-type'], body]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      {},
    ]);
    expect(pages).toHaveLength(1);
  });

  it('refuses as JSON does, before a byte was sent', async () => {
    const refusals: [object, number, string][] = [
      [{ cursor: 'a b' }, 400, 'CURSOR_INVALID'],
      [{ limit: '0' }, 400, 'REQUEST_INVALID'],
      [{ source: 'nobody' }, 404, 'SOURCE_UNKNOWN'],
      [{ from: 'yesterday' }, 400, 'REQUEST_INVALID'],
    ];
    for (const [query, status, code] of refusals) {
      const answer = await history(CSV, query);
      expect([query, answer.status, answer.body.code]).toEqual([query, status, code]);
      expect(answer.headers['content-disposition']).toBeUndefined();
    }
    gateway.views.runs = () => Promise.reject(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }));
    const { status, headers } = await history(CSV);
    expect([status, headers['content-type']]).toEqual([503, 'application/problem+json; charset=utf-8']);
  });

  it('is JSON for whoever does not care, and 406 for whoever can take none of the three', async () => {
    for (const accept of [
      '*/*',
      'application/*',
      'text/html, */*;q=0.1',
      'application/json; charset=utf-8',
    ]) {
      expect((await history(accept)).body).toEqual({ items: [], nextCursor: null });
    }
    const { status, body, headers } = await history('text/html');
    expect([status, body.code, headers['vary']]).toEqual([
      406,
      'NOT_ACCEPTABLE',
      expect.stringMatching(/accept/i),
    ]);
  });
});

describe('a history that is long', () => {
  it('is read no faster than the client takes it', async () => {
    runs(2_000_000);
    const answer = await open(NDJSON);
    const before = await pagesAtRest();
    expect(before).toBeLessThan(1000); // some MB that sockets hold, of 20,000 pages
    answer.resume();
    while (pages.length < before + 100) await new Promise((resolve) => setTimeout(resolve, 5));
    answer.destroy();
    await pagesAtRest();
  });

  it('is read no further once the client has left', async () => {
    runs(Infinity);
    const answer = await open(CSV);
    answer.resume();
    while (pages.length < 50) await new Promise((resolve) => setTimeout(resolve, 5));
    answer.destroy();
    await pagesAtRest();
    expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('breaks off when the views fail on the way: a part is never taken for the whole', async () => {
    runs(1000, (from) => (from < 300 ? nextTurn() : Promise.reject(new Error('views broke'))));
    const answer = await open(CSV);
    let text = '';
    answer.on('data', (bytes: Buffer) => (text += bytes.toString('utf8')));
    await new Promise((resolve) => answer.on('close', resolve));
    expect([answer.statusCode, answer.complete]).toEqual([200, false]);
    expect(text.startsWith('id,')).toBe(true);
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'request failed' }),
    );
  });
});
