import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, type LastPoll } from '@daymark/contracts';
import { MessageFault } from '@daymark/messaging';
import type { DifferenceTotal } from '@daymark/views';
import { ask } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, runRow, sourceRow } from '../testing/rows';
import { rejection } from '../testing/scripted-messenger';

const POSITION = '00000000000000000008';
let gateway: GatewayFixture;

const pending: DifferenceTotal = {
  total: 12,
  new: 10,
  changed: 1,
  deleted: 1,
  days: [{ day: '2026-11-22', new: 10, changed: 1, deleted: 1 }],
};
const none: DifferenceTotal = { total: 0, new: 0, changed: 0, deleted: 0, days: [] };
const lastPoll: LastPoll = {
  sourceId: SOURCE_ID,
  checkedAt: '2026-11-23T11:59:00.000Z',
  checking: false,
  nextPollAt: '2026-11-23T12:04:00.000Z',
  problem: null,
  position: POSITION,
};

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
  gateway.views.rows.position = '00000000000000000007';
});
afterEach(() => gateway.stop());

const polled = (over: Partial<LastPoll> = {}) =>
  gateway.messenger.on(SUBJECTS.lastPolls, () => [{ ...lastPoll, ...over }]);
const call = (method: 'get' | 'post', path = '') =>
  ask(gateway.server, method, `/api/v1/sources/orders/status${path}`).set(
    'authorization',
    gateway.authorization,
  );

describe('the status of a source', () => {
  it('has every field that is pinned', async () => {
    polled();
    gateway.views.rows.pending = pending;
    const { status, body } = await call('get');
    expect(status).toBe(200);
    expect(body).toEqual({
      sourceId: SOURCE_ID,
      state: 'pending',
      unreadable: { count: 0, reasons: [] },
      pending,
      held: none,
      quarantined: 0,
      withheld: 0,
      atRisk: [],
      checkedAt: '2026-11-23T11:59:00.000Z',
      checking: false,
      nextPollAt: '2026-11-23T12:04:00.000Z',
      lastSynchronizedAt: '2026-11-23T03:00:00.000Z',
      coveredPeriod: { from: '2026-11-13', to: '2026-11-22' },
      runningRun: null,
      nextOccurrence: null,
      nextCleanerWindow: null,
      problem: null,
      position: '00000000000000000007',
    });
  });

  it('is aligned when nothing is pending, whatever is held', async () => {
    polled();
    gateway.views.rows.held = pending;
    const { body } = await call('get');
    expect([body.state, body.pending, body.held]).toEqual(['aligned', none, pending]);
  });

  it('goes by the views when the polling service does not answer', async () => {
    const { body } = await call('get');
    expect([body.state, body.checkedAt, body.nextPollAt]).toEqual([
      'aligned',
      '2026-11-23T11:55:00.000Z',
      null,
    ]);
  });

  it('is unknown, never 0, before the first poll', async () => {
    gateway.views.rows.sources = [
      sourceRow({ censusAt: null, polling: { ...sourceRow().polling, polled: false } }),
    ];
    const { body } = await call('get');
    expect(body).toMatchObject({
      state: 'unknown',
      pending: null,
      held: null,
      checkedAt: null,
      problem: null,
    });
  });

  it.each([
    ['the log', { code: 'SOURCE_UNREACHABLE', detail: 'No route.' }, null],
    ['the last poll', null, { code: 'SOURCE_UNREACHABLE', detail: 'No route.' }],
  ])('is unknown while the source is not in reach, says %s', async (_who, inLog, inPoll) => {
    polled({ problem: inPoll });
    gateway.views.rows.sources = [sourceRow({ polling: { ...sourceRow().polling, problem: inLog } })];
    gateway.views.rows.pending = pending;
    const { body } = await call('get');
    expect(body).toMatchObject({ state: 'unknown', pending: null, held: null });
    expect(body.problem).toMatchObject({
      code: 'SOURCE_UNREACHABLE',
      detail: 'No route.',
      status: 422,
      instance: `/api/v1/sources/${SOURCE_ID}/status`,
    });
  });

  it('is running before all else, with the run and how far it has got', async () => {
    polled({ problem: { code: 'SOURCE_UNREACHABLE', detail: 'No route.' } });
    gateway.views.rows.runs = [runRow()];
    gateway.messenger.on(SUBJECTS.liveRuns, () => [
      {
        runId: RUN_ID,
        daysDone: 3,
        daysTotal: 10,
        elementsRead: 301_223,
        period: null,
        days: ['2026-11-16'],
        problem: null,
      },
    ]);
    const { body } = await call('get');
    expect(body.state).toBe('running');
    expect(body.runningRun).toMatchObject({
      id: RUN_ID,
      progress: { daysDone: 3, daysTotal: 10, elementsRead: 301_223 },
    });
    expect(body.runningRun).not.toHaveProperty('days');
  });

  it('lists the 400 most recent days and counts all', async () => {
    const days = Array.from({ length: 500 }, (_, i) => ({
      day: `d${String(i)}`,
      new: 1,
      changed: 0,
      deleted: 0,
    }));
    gateway.views.rows.pending = { total: 500, new: 500, changed: 0, deleted: 0, days };
    const { body } = await call('get');
    expect([body.pending.total, body.pending.days.length, body.pending.days[399]?.day]).toEqual([
      500,
      400,
      'd499',
    ]);
  });
});

describe('refreshing the status', () => {
  it('answers once the views show the poll that was asked for', async () => {
    gateway.messenger.on(SUBJECTS.refreshStatus, () => lastPoll);
    polled();
    const { status, body } = await call('post', '/refresh');
    expect([status, body.checking, body.position]).toEqual([200, false, POSITION]);
    expect(gateway.views.asked.reached).toContain(POSITION);
    const asked = gateway.messenger.asked.find(({ subject }) => subject === SUBJECTS.refreshStatus);
    expect(asked).toEqual({
      subject: SUBJECTS.refreshStatus,
      question: { sourceId: SOURCE_ID, correlationId: expect.any(String), waitMs: 25_000 },
      timeoutMs: 27_000,
    });
  });

  it.each([
    ['the poll goes on', () => ({ ...lastPoll, checking: true })],
    [
      'there is no answer in time',
      () => {
        throw new MessageFault('TIMEOUT', 'x');
      },
    ],
  ])('answers 202 with the last status when %s', async (_why, answer) => {
    gateway.messenger.on(SUBJECTS.refreshStatus, answer);
    polled();
    const { status, body } = await call('post', '/refresh');
    expect([status, body.checking, body.state]).toEqual([202, true, 'aligned']);
  });

  it('shows a poll that failed as unknown', async () => {
    const problem = { code: 'SOURCE_UNREACHABLE', detail: 'No route.' };
    gateway.messenger.on(SUBJECTS.refreshStatus, () => ({ ...lastPoll, problem }));
    polled({ problem });
    const { status, body } = await call('post', '/refresh');
    expect([status, body.state, body.pending, body.problem.code]).toEqual([
      200,
      'unknown',
      null,
      'SOURCE_UNREACHABLE',
    ]);
  });

  it('answers 503 when nobody polls, and 404 for a source that is gone', async () => {
    expect((await call('post', '/refresh')).status).toBe(503);
    gateway.messenger.on(SUBJECTS.refreshStatus, () => {
      throw rejection('SOURCE_UNKNOWN');
    });
    expect((await call('post', '/refresh')).status).toBe(404);
  });
});
