/** One id, from the header of a request through command and events to the log lines of every service. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import { ask } from '../src/admin-gateway/testing/asking';
import { startGateway, type GatewayFixture } from '../src/admin-gateway/testing/gateway-fixture';
import { sourceRow } from '../src/admin-gateway/testing/rows';
import { EARLIER, openHouse, row, rows, TODAY, until, YESTERDAY, type House, type Line } from './house';

let house: House;
let source: MemorySource;
let gateway: GatewayFixture;
let id: string;

beforeEach(async () => {
  house = await openHouse();
  await house.openPolling();
  source = house.memory('orders', [
    ...rows(EARLIER, 1, 6),
    ...rows(YESTERDAY, 11, 16),
    ...rows(TODAY, 21, 26),
  ]);
  id = await house.register('orders');
  gateway = await startGateway({ messenger: house.messenger });
  gateway.views.rows.sources = [sourceRow({ id })];
});
afterEach(async () => {
  await gateway.stop();
  await house.close();
});

const post = (path: string, correlationId: string) =>
  ask(gateway.server, 'post', `/api/v1/sources/orders/${path}`)
    .set('authorization', gateway.authorization)
    .set('x-correlation-id', correlationId);

/** Every event that tells of the run, with the id that it goes by. */
async function eventsOf(runId: string): Promise<{ type: string; correlationId: unknown }[]> {
  const all = await house.recorded();
  return all
    .filter(({ data }) => JSON.stringify(data).includes(runId))
    .map(({ type, metadata }) => ({ type, correlationId: metadata['correlationId'] }));
}

const messages = (lines: readonly Line[]): string[] => lines.map(({ message }) => message);
const under = (correlationId: string): Line[] =>
  house.lines.filter((line) => line['correlationId'] === correlationId);

describe('a run that is asked for over HTTP', () => {
  it('goes by the request’s id in every event and line, also after a restart', async () => {
    const stop = await house.openExecution();
    const pulled = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });
    source.failAt({ step: 'elements', day: TODAY, fault: pulled, times: 1_000_000 });
    const answer = await post('runs', 'trace-42').send({ type: 'incremental' });
    expect([answer.status, answer.headers['x-correlation-id']]).toEqual([202, 'trace-42']);
    const runId = answer.body.id;
    await until(async () => (await house.summaries(id)).size === 2, 'two days to be committed');
    await until(
      () => Promise.resolve(messages(under('trace-42')).includes('A run sits a fault out.')),
      'a line',
    );
    await stop();
    source.heal();
    await house.openExecution();
    await house.ended(runId);
    await until(
      async () => (await eventsOf(runId)).at(-1)?.type === 'RunReleased',
      'the run to leave the queue',
    );

    const events = await eventsOf(runId);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        'RunQueued',
        'SyncRequested',
        'SyncStarted',
        'SyncResumed',
        'DaySynchronized',
        'SyncCompleted',
        'RunReleased',
      ]),
    );
    expect(new Set(events.map(({ correlationId }) => correlationId))).toEqual(new Set(['trace-42']));
    const lines = under('trace-42');
    for (const line of lines) expect(line).toMatchObject({ run: runId, source: 'orders' });
    expect(new Set(messages(lines))).toEqual(
      new Set([
        'A run was asked for.',
        'A run started.',
        'A run sits a fault out.',
        'A run goes on.',
        'A run succeeded.',
      ]),
    );
    expect(lines[0]).toMatchObject({
      level: 'info',
      actor: 'administrator',
      type: 'incremental',
      trigger: 'api',
    });
    expect(lines.at(-1)).toMatchObject({ level: 'info', seconds: expect.any(Number) });
    expect(
      house.lines.filter((line) => line['run'] === runId && line['correlationId'] !== 'trace-42'),
    ).toEqual([]);
    expect(gateway.logged).toContainEqual({
      level: 'info',
      message: 'command answered',
      fields: expect.objectContaining({ correlationId: 'trace-42', status: '202' }),
    });
  });

  it('stays the run of who asked first; the second asker’s line says which run answers', async () => {
    await house.openExecution();
    source.failAt({
      step: 'elements',
      fault: new SourceFault('SOURCE_UNREACHABLE', 'Away.', { retryable: true }),
      times: 1_000_000,
    });
    const first = await post('runs', 'trace-1').send({ type: 'incremental' });
    await until(
      async () => (await eventsOf(first.body.id)).some(({ type }) => type === 'SyncStarted'),
      'the run to start',
    );
    const second = await post('runs', 'trace-2').send({ type: 'incremental' });
    expect(second.body.id).toBe(first.body.id);
    expect(under('trace-2')).toEqual([
      expect.objectContaining({
        message: 'A run that is there answers a request.',
        run: first.body.id,
        source: 'orders',
        actor: 'administrator',
      }),
    ]);
    source.heal();
    await house.ended(first.body.id);
    const ids = (await eventsOf(first.body.id)).map(({ correlationId }) => correlationId);
    expect(new Set(ids)).toEqual(new Set(['trace-1']));
  });

  it('that fails says so once as an error, and the poll at its end goes by the same id', async () => {
    await house.openExecution();
    source.failAt({ step: 'elements', fault: new SourceFault('SOURCE_PERMISSION_DENIED', 'No.'), times: 9 });
    source.insert(row(30, TODAY));
    const { body } = await post('runs', 'trace-9').send({ type: 'incremental' });
    expect((await house.ended(body.id)).type).toBe('SyncFailed');
    const failed = under('trace-9').filter(({ message }) => message === 'A run failed.');
    expect(failed).toEqual([
      expect.objectContaining({ level: 'error', code: 'SOURCE_PERMISSION_DENIED', run: body.id }),
    ]);
    await until(
      async () => (await house.recorded()).at(-1)?.type === 'PendingElementsDetected',
      'the poll to say what the run did not',
    );
    expect((await house.recorded()).at(-1)?.metadata['correlationId']).toBe('trace-9');
  });
});

describe('a poll', () => {
  it('that follows a command goes by its id, in events and lines', async () => {
    const found = (await house.recorded()).find(({ type }) => type === 'PendingElementsDetected');
    expect(found?.metadata['correlationId']).toBe('test');
    expect(under('test')).toContainEqual(
      expect.objectContaining({ message: 'A source was registered.', actor: 'test', source: 'orders' }),
    );
  });

  it('that somebody asks for goes by their id', async () => {
    source.insert(row(30, TODAY));
    expect((await post('status/refresh', 'trace-7')).status).toBe(200);
    const last = (await house.recorded()).at(-1);
    expect([last?.type, last?.metadata['correlationId']]).toEqual(['PendingElementsDetected', 'trace-7']);
    source.failAt({ step: 'census', fault: new SourceFault('SOURCE_UNREACHABLE', 'Away.'), times: 1 });
    await post('status/refresh', 'trace-8');
    expect(under('trace-8')).toEqual([
      expect.objectContaining({ level: 'warn', message: 'A poll failed.', source: 'orders' }),
      expect.objectContaining({ level: 'warn', message: 'A source cannot be read.', source: 'orders' }),
    ]);
    expect((await house.recorded()).at(-1)?.metadata['correlationId']).toBe('trace-8');
  });

  it('that nobody asks for has an id of its own, one for all that it says', async () => {
    source.insert(row(30, TODAY));
    await house.messenger.ask(
      SUBJECTS.refreshStatus,
      { sourceId: id, waitMs: 15_000 },
      { timeoutMs: 20_000 },
    );
    const correlationId = (await house.recorded()).at(-1)?.metadata['correlationId'];
    expect(correlationId).toMatch(/^[0-9a-f-]{36}$/);
  });
});
