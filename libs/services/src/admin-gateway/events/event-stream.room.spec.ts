import { createConnection } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DaymarkEvent } from '@daymark/contracts';
import { createMemoryLogStore, openMemoryEventLog } from '@daymark/event-log/memory';
import { EventReader } from '../../testing/event-reader';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { SOURCE_ID, sourceRow } from '../testing/rows';
import { recovered, writeEvents } from '../testing/written-events';

const OTHER_ID = 'b1f0c8a2-7c7b-4b7f-9a53-6a1c2f9d0e04';
let gateway: GatewayFixture;
let url: string;
let readers: EventReader[];

async function listen(log?: GatewayFixture['log']): Promise<void> {
  gateway = await startGateway(log === undefined ? {} : { eventLog: log });
  gateway.views.rows.sources = [sourceRow()];
  await gateway.app.listen(0, '127.0.0.1');
  url = `${await gateway.app.getUrl()}/api/v1/events/stream`;
}

beforeEach(async () => {
  readers = [];
  await listen();
});
afterEach(async () => {
  for (const reader of readers) await reader.leave();
  await gateway.stop();
});

async function reading(
  query = '',
  lastEventId = '',
  authorization = gateway.authorization,
): Promise<EventReader> {
  const reader = new EventReader(() => authorization);
  reader.lastEventId = lastEventId;
  readers.push(reader);
  await reader.connect(`${url}${query}`);
  return reader;
}

async function onlyOneIsConnected(): Promise<void> {
  const connections = () =>
    new Promise<number>((resolve) => gateway.server.getConnections((_error, count) => resolve(count)));
  while ((await connections()) > 1) await delay(50);
}

const write = (count: number, sourceId = SOURCE_ID) =>
  writeEvents(gateway.log, 'source', ...Array.from({ length: count }, () => recovered(sourceId)));
const place = (position: number) => String(position).padStart(20, '0');

describe('the stream of events', () => {
  it('counts who listens, and says nothing of how long they do', async () => {
    const clients = 'daymark_http_event_stream_clients';
    const [first] = [await reading(), await reading()];
    expect(await gateway.metrics.text()).toContain(`\n${clients} 2\n`);
    await first.leave();
    while (!(await gateway.metrics.text()).includes(`\n${clients} 1\n`)) await delay(10);
    await onlyOneIsConnected();
    expect(await gateway.metrics.text()).not.toContain('daymark_http_request_duration_seconds_count');
  });

  it('sends what comes from now on, in the shape of GET /events', async () => {
    await write(1);
    const reader = await reading();
    expect([reader.status, reader.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
    expect(reader.headers.get('cache-control')).toBe('no-store, no-transform');
    await write(1);
    await reader.has(1);
    const authorization = { authorization: gateway.authorization };
    const page = await fetch(url.replace('/stream', `?after=${place(1)}`), { headers: authorization });
    const { items } = (await page.json()) as { items: unknown[] };
    expect(reader.events).toEqual([
      { id: place(2), type: 'SourceRecovered', data: JSON.stringify(items[0]) },
    ]);
  });

  it('goes on after the last event that a reader saw, however far behind, with nothing twice', async () => {
    for (let begun = 0; begun < 3_000; begun += 300) await write(300);
    const early = await reading(`?after=${place(1)}`);
    const late = await reading('', place(2_990));
    await write(10);
    await Promise.all([early.has(3_009), late.has(20)]);
    expect(early.events.map(({ id }) => id)).toEqual(Array.from({ length: 3_009 }, (_, at) => place(at + 2)));
    expect(late.events[0]?.id).toBe(place(2_991));
  });

  it('has no gap and no repeat over three restarts while events are written', async () => {
    await gateway.stop();
    const store = createMemoryLogStore();
    let reader: EventReader | undefined;
    for (let life = 0; life < 4; life += 1) {
      await listen(openMemoryEventLog(store));
      reader ??= new EventReader(() => '');
      const next = await reading('', reader.lastEventId);
      next.events.unshift(...reader.events);
      reader = next;
      for (let batch = 0; batch < 20; batch += 1)
        await writeEvents(openMemoryEventLog(store), 'source', recovered());
      // Cut in the middle: some were not sent yet.
      await reader.has(life * 20 + (life === 3 ? 20 : 7));
      if (life === 3) break;
      await gateway.stop();
      await reader.ended();
    }
    expect(reader?.events.map(({ id }) => id)).toEqual(Array.from({ length: 80 }, (_, at) => place(at + 1)));
  });

  it('is of one source when asked so', async () => {
    const reader = await reading('?source=orders');
    await write(1, OTHER_ID);
    await write(1);
    await reader.has(1);
    expect(reader.events.map(({ id }) => id)).toEqual([place(2)]);
    expect((await reading('?source=nothing')).status).toBe(404);
  });

  it('ends when the session ends, expires, or loses its role', async () => {
    const [signedOut, lowered] = [
      await reading(),
      await reading('', '', await gateway.signedIn('second', ['administrator'])),
    ];
    const meanwhile = await reading('', '', await gateway.signedIn('third', ['administrator']));
    const headers = { authorization: gateway.authorization };
    await gateway.pool.query(
      `UPDATE ${gateway.schema}.accounts SET roles = '{viewer}' WHERE name = 'second'`,
    );
    await fetch(url.replace('/events/stream', '/sessions/current'), { method: 'DELETE', headers });
    await Promise.all([signedOut.ended(), lowered.ended()]);
    await write(1);
    await meanwhile.has(1);
    gateway.clock.now = '2026-11-23T16:00:00.000Z';
    await meanwhile.ended();
  });

  it('is closed to who may not see it, and to positions of another log', async () => {
    expect((await reading('', '', 'Bearer x')).status).toBe(401);
    expect((await reading('', '', await gateway.signedIn('somebody', ['viewer']))).status).toBe(403);
    expect((await reading('', place(7))).status).toBe(410);
    expect((await reading('', 'nonsense !')).status).toBe(400);
    expect((await reading('?after=')).status).toBe(400);
  });

  it('answers HEAD without opening anything', async () => {
    const headers = { authorization: gateway.authorization };
    const response = await fetch(url, { method: 'HEAD', headers });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
    ]);
  });

  it('cuts a reader that takes nothing, and lets the others go on', async () => {
    const { hostname, port } = new URL(url);
    const slow = createConnection({ host: hostname, port: Number(port) });
    slow.on('error', () => undefined);
    await once(slow, 'connect');
    slow.pause();
    slow.write(
      `GET /api/v1/events/stream HTTP/1.1\r\nhost: x\r\nauthorization: ${gateway.authorization}\r\n\r\n`,
    );
    const quick = await reading();
    const data = { sourceId: SOURCE_ID, code: 'SOURCE_UNREACHABLE', detail: 'x'.repeat(100_000) };
    const large: DaymarkEvent = { type: 'SourceUnreachable', data };
    for (let sent = 0; sent < 200; sent += 1) await writeEvents(gateway.log, 'source', large);
    await quick.has(200);
    await onlyOneIsConnected();
    slow.resume();
    await once(slow, 'close');
    await write(1);
    await quick.has(201);
  }, 60_000);
});
