/**
 * Every handler of every room, over real NATS: whatever a stranger sends is refused or ignored, changes nothing, and
 * ends nothing. Which senders may reach a subject at all is for the permissions of the NATS server.
 */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { NUDGES, SUBJECTS } from '@daymark/contracts';
import { connectStranger } from '@daymark/messaging/testing-nats';
import { SourcePollingModule, type SourcePolling } from '@daymark/services/source-polling';
import { SyncExecutionModule, type SyncExecution } from '@daymark/services/sync-execution';
import { Client } from 'pg';
import { createOrders, type OrdersSource } from './orders-source';
import { RunningDaymark, ways } from './ways';

jest.setTimeout(120_000);

const modules = [
  SourcePollingModule.with({} as SourcePolling),
  SyncExecutionModule.with({} as SyncExecution),
];
const QUESTION = 1;

/** What Nest's decorators wrote down: every pattern of every controller. */
function patterns(): { pattern: string; isQuestion: boolean }[] {
  return modules
    .flatMap(({ controllers = [] }) => controllers)
    .flatMap(({ prototype }: { prototype: Record<string, unknown> }) =>
      Object.getOwnPropertyNames(prototype).map((name) => prototype[name] as object),
    )
    .filter((handler) => Reflect.hasMetadata('microservices:pattern', handler))
    .flatMap((handler) => {
      const isQuestion = Reflect.getMetadata('microservices:handler_type', handler) === QUESTION;
      const found = Reflect.getMetadata('microservices:pattern', handler) as string | string[];
      return [found].flat().map((pattern) => ({ pattern, isQuestion }));
    });
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const garbage: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', bytes('')],
  ['words', bytes('not json')],
  ['half a document', bytes('{"caller":')],
  ['bytes that are no text', Uint8Array.from([0x22, 0xff, 0xfe, 0x22])],
  ['null', bytes('null')],
  ['a number', bytes('42')],
  ['a list', bytes('[]')],
  ['an empty object', bytes('{}')],
  ['a prototype', bytes('{"__proto__":{"sourceId":"x"},"constructor":1}')],
  ['a deep nest', bytes('['.repeat(100_000))],
  ['1 MiB of noise', new Uint8Array(1_000_000).fill(0xaa)],
];

const someone = { actor: 'administrator', commandId: randomUUID(), correlationId: 'forged' };
const forged: readonly (readonly [string, unknown])[] = [
  ['no caller', undefined],
  ['a caller that is a name', 'administrator'],
  ['a caller without an actor', { ...someone, actor: undefined }],
  ['an actor that is null', { ...someone, actor: null }],
  ['an actor that is an object', { ...someone, actor: { name: 'administrator', role: 'administrator' } }],
  ['an actor that is a list', { ...someone, actor: ['administrator'] }],
  ['a role beside the actor', { ...someone, role: 'administrator' }],
  ['a command id that is none', { ...someone, commandId: 'again' }],
];

const way = ways().find(({ name }) => name === 'four processes');
const withNats = way?.missing === undefined ? describe : describe.skip;

it('knows every handler there is by its subject', () => {
  const known = [...Object.values(SUBJECTS), ...Object.values(NUDGES)].toSorted();
  expect(
    patterns()
      .map(({ pattern }) => pattern)
      .toSorted(),
  ).toEqual(known);
});

withNats(`every handler, among strangers${way?.missing === undefined ? '' : ` (${way.missing})`}`, () => {
  let orders: OrdersSource;
  let daymark: RunningDaymark;
  let stranger: Awaited<ReturnType<typeof connectStranger>>;
  let sql: Client;
  let before: string;

  beforeAll(async () => {
    orders = await createOrders({ rows: 100, days: 2 });
    daymark = await RunningDaymark.start(way!, orders.environment);
    expect((await daymark.ask('POST', '/sources', orders.settings)).status).toBe(201);
    await daymark.run('orders');
    await daymark.ask('POST', '/sources/orders/status/refresh', {});
    stranger = await connectStranger({ servers: daymark.nats!.url });
    sql = new Client({ connectionString: daymark.databaseUrl });
    sql.on('error', () => undefined);
    await sql.connect();
    before = await events();
  });

  afterAll(async () => {
    await sql.end();
    await stranger.close();
    await daymark.remove();
    await orders.dispose();
  });

  async function events(): Promise<string> {
    const { rows } = await sql.query<{ n: string }>('SELECT count(*)::text AS n FROM daymark_log.events');
    return rows[0]?.n ?? '';
  }

  async function asked(pattern: string, data: Uint8Array): Promise<string> {
    const answer = await stranger.request(`daymark.${pattern}`, data, { timeout: 10_000 });
    return new TextDecoder().decode(answer.data);
  }

  /** One document that each question would be right with, but for who asks. */
  async function questions(): Promise<Record<string, object>> {
    const sourceId = String((await daymark.ask('GET', '/sources/orders')).body['id']);
    const run = {
      runId: randomUUID(),
      sourceId,
      type: 'incremental',
      resync: false,
      dryRun: false,
      trigger: { kind: 'api', actor: 'administrator', occurrence: null },
    };
    return {
      [SUBJECTS.registerSource]: { settings: { ...orders.settings, name: 'forged' } },
      [SUBJECTS.changeSource]: { sourceId, settings: { ...orders.settings, lateData: 'apply' } },
      [SUBJECTS.removeSource]: { sourceId, elements: 'delete' },
      [SUBJECTS.testSource]: { settings: orders.settings },
      [SUBJECTS.requestRun]: run,
      [SUBJECTS.cancelRun]: { runId: run.runId },
    };
  }

  it.each(garbage)('refuses %s on every subject, in the one shape of errors', async (_, data) => {
    for (const { pattern, isQuestion } of patterns()) {
      if (!isQuestion) stranger.publish(`daymark.nudge.${pattern}`, data);
      else
        expect([pattern, await asked(pattern, data)]).toEqual([
          pattern,
          expect.stringMatching(/"code":"QUESTION_(MALFORMED|INVALID)"/),
        ]);
      // Where nobody waits for an answer there is nobody to refuse to.
      stranger.publish(`daymark.${pattern}`, data);
    }
    await stranger.flush();
    expect(await events()).toBe(before);
  });

  it.each(forged)('takes no command with %s', async (_, caller) => {
    for (const [pattern, question] of Object.entries(await questions())) {
      const said = await asked(pattern, bytes(JSON.stringify({ ...question, caller })));
      expect([pattern, said]).toEqual([pattern, expect.stringContaining('QUESTION_INVALID')]);
    }
    expect(await events()).toBe(before);
  });

  it('has ended nothing: the same processes answer, and told of it a bounded number of times', async () => {
    for (const process of daymark.processes) expect(process.hasEnded).toBe(false);
    await daymark.untilReady();
    const broke = daymark.processes.flatMap(({ lines }) =>
      lines.filter((line) => line.includes('A handler broke.')),
    );
    expect(broke.length).toBeGreaterThan(0);
    expect(broke.length).toBeLessThan(150);
    await orders.client.query(`INSERT INTO orders VALUES (100001, 'after', 1, NULL, NULL, now())`);
    expect(await daymark.run('orders')).toMatchObject({ status: 'succeeded', counts: { inserted: 1 } });
    expect(await orders.contentsOfCopyIn(daymark.databaseUrl)).toEqual(await orders.contents());
  });
});
