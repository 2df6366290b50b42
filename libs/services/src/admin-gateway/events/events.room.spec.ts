import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DaymarkEvent } from '@daymark/contracts';
import { streamId } from '@daymark/event-log';
import { ask, type Shown } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, runRow, sourceRow } from '../testing/rows';
import { cancelled, recovered, writeEvents } from '../testing/written-events';

const OTHER_ID = 'b1f0c8a2-7c7b-4b7f-9a53-6a1c2f9d0e04';
let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
});
afterEach(() => gateway.stop());

const write = (category: string, ...events: DaymarkEvent[]) => writeEvents(gateway.log, category, ...events);
const many = (count: number, sourceId = SOURCE_ID) =>
  Array.from({ length: count }, () => recovered(sourceId));

const get = (query: object = {}) =>
  ask(gateway.server, 'get', '/api/v1/events').query(query).set('authorization', gateway.authorization);

const position = (place: number) => String(place).padStart(20, '0');

describe('events', () => {
  it('are empty in an empty log', async () => {
    const { status, body } = await get();
    expect([status, body]).toEqual([200, { items: [], nextCursor: null }]);
  });

  it('come oldest first, in the shape that is pinned, without bookkeeping', async () => {
    await write('installation', { type: 'InstallationCreated', data: { installationId: RUN_ID } });
    await write('source', recovered());
    await write('queue', { type: 'RunQueued', data: { request: runRow().request } });
    await write('run', cancelled());
    const { body } = await get();
    expect(body.nextCursor).toBeNull();
    expect(body.items).toEqual([
      {
        position: position(2),
        id: expect.any(String),
        type: 'SourceRecovered',
        sourceId: SOURCE_ID,
        occurredAt: '2026-11-23T12:00:00.000Z',
        actor: 'administrator',
        correlationId: 'trace',
        data: { sourceId: SOURCE_ID },
      },
      expect.objectContaining({ position: position(4), type: 'SyncCancelled' }),
    ]);
  });

  it('leave out what a later version wrote', async () => {
    const later = { id: RUN_ID, type: 'DayLost', data: {}, metadata: { version: 1 } };
    await gateway.log.append(streamId('source', 'x'), [later], { kind: 'any' });
    await write('source', recovered());
    expect((await get()).body.items).toEqual([expect.objectContaining({ position: position(2) })]);
  });

  it('page by their cursor, each once', async () => {
    await write('source', ...many(5));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { body } = await get({ limit: '2', ...(after === null ? {} : { after }) });
      seen.push(...body.items.map((item: Shown) => item.position));
      after = body.nextCursor;
    } while (after !== null);
    expect(seen).toEqual([1, 2, 3, 4, 5].map(position));
  });

  it('end without a cursor when the page is just full', async () => {
    await write('source', ...many(2));
    expect((await get({ limit: '2' })).body.nextCursor).toBeNull();
    await write('queue', { type: 'RunReleased', data: { runId: RUN_ID, sourceId: SOURCE_ID } });
    expect((await get({ limit: '2' })).body.nextCursor).toBeNull();
  });

  it('are those of one source where asked', async () => {
    await write('source', ...many(1200, OTHER_ID), recovered(), ...many(30, OTHER_ID), recovered());
    const { body } = await get({ source: 'orders' });
    expect(body.items.map((item: Shown) => item.position)).toEqual([position(1201), position(1232)]);
    const gone = await get({ source: OTHER_ID.toUpperCase(), limit: '500' });
    expect([gone.body.items.length, gone.body.nextCursor]).toEqual([500, position(500)]);
    expect((await get({ source: 'nobody' })).status).toBe(404);
  });

  it('go on from where one stands, until the end', async () => {
    await write('source', ...many(3));
    expect((await get({ after: position(2) })).body.items).toHaveLength(1);
    expect((await get({ after: position(3) })).body).toEqual({ items: [], nextCursor: null });
  });

  it('answer 410 to a position that is not of this log', async () => {
    const empty = await get({ after: position(1) });
    expect([empty.status, empty.body.code]).toEqual([410, 'EVENTS_MUST_RESYNC']);
    await write('source', recovered());
    expect((await get({ after: position(2) })).status).toBe(410);
    expect((await get({ after: '9'.repeat(20) })).status).toBe(400);
  });

  it.each([
    [{ after: '' }],
    [{ after: '1' }],
    [{ after: 'start' }],
    [{ after: '-0000000000000000001' }],
    [{ after: '\0' }],
    [{ after: ['1', '2'] }],
    [{ limit: '0' }],
    [{ limit: '501' }],
    [{ limit: 'all' }],
    [{ type: 'SourceRecovered' }],
  ])('answer 400 to %j', async (query) => {
    expect((await get(query)).status).toBe(400);
  });
});
