/** The built process under requests made from its own OpenAPI document: none breaks it, none that is refused has an effect. */
import { randomInt } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mistakeIn } from '../../../tools/system/api-check';
import { DaymarkProcess, newHome, removeHome } from '../../../tools/system/daymark-process';
import { fuzzedRequest, seeded, type FuzzedRequest } from './fuzz';
import { createOrders, type OrdersSource } from '../../../tools/system/orders-source';

const requests = 20_000;
const atOnce = 8;
/** A request that takes longer has hung, in milliseconds: a refresh may take 25 s. */
const longestMs = 40_000;

interface Seen {
  readonly request: FuzzedRequest;
  readonly status: number;
  readonly correlation: string;
  readonly ms: number;
}

let home: string;
let daymark: DaymarkProcess;
let orders: OrdersSource;

beforeAll(async () => {
  home = newHome();
  orders = await createOrders({ rows: 2_000, days: 6 });
  daymark = await DaymarkProcess.start(home, orders.environment);
  await daymark.ask('POST', '/sources', orders.settings);
  await daymark.run('orders');
});
afterAll(async () => {
  await daymark.stop();
  await orders.dispose();
  removeHome(home);
});

describe('requests made from the OpenAPI document', () => {
  it(`${requests} of them: no fault, no answer that is not told of, no effect of a refusal`, async () => {
    const seed = randomInt(2 ** 31);
    const seen: Seen[] = [];
    const mistakes: string[] = [];
    const world = { random: seeded(seed), known: await known() };
    const worker = async () => {
      while (seen.length < requests) {
        const request = fuzzedRequest(world);
        const { mistake, ...one } = await send(request, `fuzz-${seed}-${seen.length}`).catch(
          (cause: unknown) => {
            throw new Error(`seed ${seed}: no answer to ${JSON.stringify(request).slice(0, 2_000)}`, {
              cause,
            });
          },
        );
        seen.push(one);
        if (mistake !== null)
          mistakes.push(`${one.request.method} ${one.request.path} ${one.request.body ?? ''}: ${mistake}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    const faults = seen.filter(({ status }) => status >= 500);
    const refused = new Set(seen.filter(({ status }) => status >= 400).map(({ correlation }) => correlation));
    const effects = (await correlationsOfEvents()).filter((correlation) => refused.has(correlation));
    process.stdout.write(`     ${figures(seed, seen)}\n`);
    expect({ seed, faults: faults.slice(0, 3), mistakes: mistakes.slice(0, 5), effects }).toEqual({
      ...{ seed, faults: [], mistakes: [], effects: [] },
    });
  }, 600_000);

  it('raw bytes where a request should be, and the next request is answered', async () => {
    const { hostname, port } = new URL(daymark.url);
    for (const bytes of rawBytes) {
      const socket = connect(Number(port), hostname);
      // That it is reset is an answer too.
      socket.on('error', () => undefined);
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.resume();
      socket.end(bytes);
      await closed;
    }
    expect((await daymark.ask('GET', '/me')).status).toBe(200);
  });
});

async function known(): Promise<Record<string, readonly string[]>> {
  const source = await daymark.ask<{ id: string }>('GET', '/sources/orders');
  const history = await daymark.ask<{ items: { id: string }[] }>('GET', '/history');
  const events = await daymark.ask<{ items: { position: string }[] }>('GET', '/events?limit=5');
  const positions = events.body.items.map(({ position }) => position);
  return {
    source: ['orders', source.body.id],
    run: history.body.items.map(({ id }) => id),
    day: ['2026-11-13', '2026-02-28'],
    user: ['administrator', 'nobody'],
    after: positions,
    atLeast: positions,
    limit: ['1', '500', '501'],
    month: ['2026-11'],
    from: ['2026-11-01'],
    to: ['2026-11-30', '2028-01-01'],
    elements: ['keep'],
    status: ['succeeded', 'running,failed'],
    type: ['range'],
    trigger: ['api'],
  };
}

async function send(request: FuzzedRequest, correlation: string): Promise<Seen & { mistake: string | null }> {
  const { method, path, headers, body } = request;
  const leaving = new AbortController();
  const begun = performance.now();
  const response = await fetch(`${daymark.url}${path}`, {
    method,
    signal: AbortSignal.any([leaving.signal, AbortSignal.timeout(longestMs)]),
    headers: { 'x-correlation-id': correlation, ...headers, authorization: daymark.authorization },
    ...(body === undefined ? {} : { body }),
  });
  const type = response.headers.get('content-type');
  const { status } = response;
  // A stream does not end by itself.
  const streams = type?.startsWith('text/event-stream') === true;
  const text = streams ? '' : await response.text();
  if (streams) leaving.abort();
  const ms = performance.now() - begun;
  const told = method === 'OPTIONS' || streams;
  return {
    request,
    status,
    correlation,
    ms,
    mistake: told ? null : mistakeIn({ method, path }, { status, type, text }),
  };
}

async function correlationsOfEvents(): Promise<string[]> {
  const found: string[] = [];
  let after = '';
  for (;;) {
    const { body } = await daymark.ask<{ items: { correlationId: string }[]; nextCursor: string | null }>(
      'GET',
      `/events?limit=500${after}`,
    );
    found.push(...body.items.map(({ correlationId }) => correlationId));
    if (body.nextCursor === null) return found;
    after = `&after=${body.nextCursor}`;
  }
}

function figures(seed: number, seen: readonly Seen[]): string {
  const statuses = new Map<number, number>();
  for (const { status } of seen) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const by = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status} × ${count}`);
  const quarter = Math.floor(seen.length / 4);
  const p99 = (part: readonly Seen[]) =>
    part.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(part.length * 0.99)] ?? 0;
  const [first, last] = [p99(seen.slice(0, quarter)), p99(seen.slice(-quarter))];
  return `fuzz: seed ${seed}, ${seen.length} requests: ${by.join(', ')}; p99 ${first.toFixed(0)} ms in the first quarter, ${last.toFixed(0)} ms in the last`;
}

const rawBytes = [
  '',
  '\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  'GET /api/v1/me HTTP/1.1\r\n\r\n',
  `GET /${'x'.repeat(70_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
  `GET /api/v1/me HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`,
  'POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n',
  'POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
  Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7_919) % 256)),
];
