import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, derivedId } from '@daymark/contracts';
import { ask, type Shown } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, noCounts, runRow, sourceRow } from '../testing/rows';
import { rejection } from '../testing/scripted-messenger';

const POSITION = '00000000000000000005';
let gateway: GatewayFixture;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
  gateway.messenger.on(SUBJECTS.requestRun, ({ runId }) => ({ runId, existing: false, position: POSITION }));
});
afterEach(() => gateway.stop());

const call = (method: 'get' | 'post', path: string) =>
  ask(gateway.server, method, `/api/v1${path}`).set('authorization', gateway.authorization);
const askRun = (body?: object) => call('post', '/sources/orders/runs').send(body);
const questions = () => gateway.messenger.questions(SUBJECTS.requestRun);

describe('asking for a run', () => {
  it('takes an empty body for an incremental', async () => {
    const { status, headers, body } = await call('post', '/sources/orders/runs').set('x-correlation-id', 't');
    expect(status).toBe(202);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      position: POSITION,
      existing: false,
    });
    expect(headers['location']).toBe(`/api/v1/runs/${body.id}`);
    expect(questions()).toEqual([
      {
        runId: body.id,
        caller: { actor: 'administrator', correlationId: 't', commandId: expect.any(String) },
        sourceId: SOURCE_ID,
        type: 'incremental',
        resync: false,
        dryRun: false,
        trigger: { kind: 'api', actor: 'administrator', occurrence: null },
      },
    ]);
    expect(gateway.views.asked.reached).toEqual([POSITION]);
  });

  it.each([
    { type: 'day', day: '2026-11-13', resync: true, dryRun: true },
    { type: 'range', from: '2026-11-13', to: '2026-11-14', resync: false, dryRun: false },
    { type: 'month', month: '2026-11', resync: true, dryRun: false },
    { type: 'incremental', resync: true, dryRun: false },
    { type: 'day', day: '2026-02-30', resync: false, dryRun: false },
    { type: 'incremental', month: '2026-11', resync: false, dryRun: false },
  ])('hands %j on and decides nothing', async (body) => {
    expect((await askRun(body)).status).toBe(202);
    expect(questions()[0]).toMatchObject(body);
  });

  it('answers 200 with the run that covers it', async () => {
    gateway.messenger.on(SUBJECTS.requestRun, () => ({ runId: RUN_ID, existing: true, position: null }));
    const { status, headers, body } = await askRun({});
    expect([status, body]).toEqual([200, { id: RUN_ID, position: '', existing: true }]);
    expect(headers['location']).toBe(`/api/v1/runs/${RUN_ID}`);
  });

  it('is the same run and command for the same idempotency key', async () => {
    const keyed = (key: string) => askRun({}).set('idempotency-key', key);
    const [first, again, other] = [await keyed('night-1'), await keyed('night-1'), await keyed('night-2')];
    expect(first.body.id).toBe(derivedId('run', 'administrator', SOURCE_ID, 'night-1'));
    expect(again.body.id).toBe(first.body.id);
    expect(other.body.id).not.toBe(first.body.id);
    expect(again.headers['idempotent-replayed']).toBe('true');
    const commands = questions().map((question) => (question['caller'] as { commandId: string }).commandId);
    expect(commands).toEqual([
      derivedId('request-run', first.body.id),
      derivedId('request-run', other.body.id),
    ]);
  });

  it('says so when the key asked for something else long before', async () => {
    const id = derivedId('run', 'administrator', SOURCE_ID, 'night-1');
    const period = { from: '2026-11-01', to: '2026-11-23' };
    const month = { type: 'month', period, resync: true } as const;
    gateway.views.rows.runs = [runRow({ id, request: { ...runRow().request, ...month, runId: id } })];
    const keyed = async (body: object) => {
      await gateway.pool.query(`DELETE FROM ${gateway.schema}.idempotency_keys`);
      return askRun(body).set('idempotency-key', 'night-1');
    };
    expect((await keyed({ type: 'month', month: '2026-11', resync: true })).status).toBe(202);
    for (const other of [
      {},
      { type: 'month', month: '2026-11' },
      { type: 'month', month: '2026-10', resync: true },
      { type: 'range', from: '2026-11-01', to: '2026-11-23', resync: true },
    ]) {
      const { status, body } = await keyed(other);
      expect([status, body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    expect(questions()).toHaveLength(1);
  });

  it.each(['', ' ', 'a b', 'x'.repeat(256), 'caf\u00e9'])(
    'answers 400 to the idempotency key "%s"',
    async (key) => {
      const { status, body } = await askRun({}).set('idempotency-key', key);
      expect([status, body.code]).toEqual([400, 'IDEMPOTENCY_KEY_INVALID']);
    },
  );

  it.each([
    ['type', { type: 'year' }],
    ['type', { type: 7 }],
    ['day', { type: 'day', day: 20_261_113 }],
    ['day', { type: 'day', day: 'x'.repeat(33) }],
    ['from', { type: 'range', from: ['2026-11-13'] }],
    ['month', { type: 'month', month: {} }],
    ['resync', { resync: 'true' }],
    ['dryRun', { dryRun: 1 }],
    ['trigger', { trigger: { kind: 'slot' } }],
    ['runId', { runId: RUN_ID }],
    ['caller', { caller: { actor: 'root' } }],
  ])('refuses a wrong %s: %j', async (path, body) => {
    const answer = await askRun(body);
    expect([answer.status, answer.body.errors[0]?.path]).toEqual([400, path]);
    expect(questions()).toEqual([]);
  });

  it('answers 404 for an unknown source', async () => {
    expect((await call('post', '/sources/nobody/runs')).status).toBe(404);
  });
});

describe('a run', () => {
  const live = {
    runId: RUN_ID,
    daysDone: 3,
    daysTotal: 10,
    elementsRead: 301_223,
    period: { from: '2026-11-13', to: '2026-11-22' },
    days: ['2026-11-16'],
    problem: { code: 'SOURCE_UNREACHABLE', detail: 'No route.' },
  };

  it('has every field that is pinned, and how far it has got', async () => {
    gateway.views.rows.runs = [runRow()];
    gateway.messenger.on(SUBJECTS.liveRuns, () => [live]);
    const { status, body } = await call('get', `/runs/${RUN_ID.toUpperCase()}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id: RUN_ID,
      sourceId: SOURCE_ID,
      type: 'incremental',
      resync: false,
      dryRun: false,
      approves: null,
      status: 'running',
      trigger: { kind: 'api', actor: 'administrator', occurrence: null },
      period: { from: '2026-11-13', to: '2026-11-22' },
      requestedAt: '2026-11-23T03:00:00.000Z',
      startedAt: '2026-11-23T03:00:01.000Z',
      finishedAt: null,
      attempts: 1,
      progress: { daysDone: 3, daysTotal: 10, elementsRead: 301_223 },
      counts: noCounts,
      days: [],
      problem: expect.objectContaining({ code: 'SOURCE_UNREACHABLE', instance: `/api/v1/runs/${RUN_ID}` }),
    });
  });

  it('goes by the log when nobody tells of it', async () => {
    gateway.views.rows.runs = [runRow()];
    const { body } = await call('get', `/runs/${RUN_ID}`);
    expect(body).toMatchObject({
      period: null,
      problem: null,
      progress: { daysDone: 0, daysTotal: null, elementsRead: 0 },
    });
  });

  it('never falls back behind the log while a new holder takes its bearings', async () => {
    const day = {
      day: '2026-11-13',
      outcome: 'synchronized' as const,
      counts: { ...noCounts, read: 7, inserted: 7 },
    };
    gateway.views.rows.runs = [runRow({ counts: day.counts, days: [day] })];
    gateway.messenger.on(SUBJECTS.liveRuns, () => [
      { ...live, daysDone: 0, daysTotal: null, elementsRead: 0 },
    ]);
    const { body } = await call('get', `/runs/${RUN_ID}`);
    expect(body.progress).toEqual({ daysDone: 1, daysTotal: null, elementsRead: 7 });
  });

  it('counts its own days when it is finished, whatever its live row still says', async () => {
    const problem = { code: 'DAY_DIGEST_MISMATCH', detail: 'It differs.' };
    gateway.views.rows.runs = [
      runRow({
        status: 'failed',
        finishedAt: '2026-11-23T03:01:00.000Z',
        counts: { ...noCounts, read: 7, inserted: 7 },
        days: [
          { day: '2026-11-13', outcome: 'synchronized', counts: { ...noCounts, read: 7, inserted: 7 } },
          { day: '2026-11-14', outcome: 'failed', counts: noCounts, problem },
        ],
        problem,
      }),
    ];
    gateway.messenger.on(SUBJECTS.liveRuns, () => [live]);
    const { body } = await call('get', `/runs/${RUN_ID}`);
    expect(body.progress).toEqual({ daysDone: 2, daysTotal: 2, elementsRead: 7 });
    expect(body.days.map((day: Shown) => day.outcome)).toEqual(['synchronized', 'failed']);
    expect(body.days[0]?.problem).toBeNull();
    expect(body.days[1]?.problem.code).toBe('DAY_DIGEST_MISMATCH');
    expect(body.problem).toMatchObject({ code: 'DAY_DIGEST_MISMATCH', status: 422, detail: 'It differs.' });
    expect(gateway.messenger.asked).toEqual([]);
  });

  it.each([SOURCE_ID, 'x', '%00', '1'])('answers 404 for %s', async (id) => {
    const { status, body } = await call('get', `/runs/${id}`);
    expect([status, body.code]).toEqual([404, 'RUN_UNKNOWN']);
  });

  it('is cancelled', async () => {
    gateway.messenger.on(SUBJECTS.cancelRun, ({ runId }) => ({ runId, position: POSITION }));
    const { status, body } = await call('post', `/runs/${RUN_ID}/cancel`);
    expect([status, body]).toEqual([202, { id: RUN_ID, position: POSITION }]);
    expect(gateway.views.asked.reached).toEqual([POSITION]);
    expect((await call('post', '/runs/x/cancel')).status).toBe(404);
  });

  it('is not cancelled when it is finished', async () => {
    gateway.messenger.on(SUBJECTS.cancelRun, () => {
      throw rejection('RUN_FINISHED');
    });
    expect((await call('post', `/runs/${RUN_ID}/cancel`)).status).toBe(409);
  });
});
