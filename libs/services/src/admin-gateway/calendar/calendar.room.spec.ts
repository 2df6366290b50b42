import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS } from '@daymark/contracts';
import type { DayCount } from '@daymark/domain/counts';
import { ask, type Shown } from '../testing/asking';
import { startGateway, type GatewayFixture } from '../testing/gateway-fixture';
import { RUN_ID, SOURCE_ID, copiedDay, dayRow, runRow, settings, sourceRow } from '../testing/rows';

let gateway: GatewayFixture;
let authorization: string;

beforeEach(async () => {
  gateway = await startGateway();
  gateway.views.rows.sources = [sourceRow()];
  gateway.views.rows.position = '00000000000000000007';
  await at('2026-11-23T12:00:00Z');
});
afterEach(() => gateway.stop());

const get = (path: string) =>
  ask(gateway.server, 'get', `/api/v1/sources/orders${path}`).set('authorization', authorization);

/** Another time, and a session that began then. */
const at = async (now: string) => {
  gateway.clock.now = now;
  authorization = await gateway.signedIn('administrator', ['administrator']);
};

const count = (day: string, over: Partial<DayCount> = {}): DayCount => ({
  day,
  revision: 1,
  at: '2026-11-23T11:55:00Z',
  sealed: true,
  elements: 100,
  new: 0,
  changed: 0,
  deleted: 0,
  ...over,
});

const dayOf = (days: readonly Shown[], day: string) => days.find((one) => one.day === day);

describe('the calendar', () => {
  it('lists every day of the month with every field that is pinned', async () => {
    gateway.views.rows.days = [dayRow('2026-11-13')];
    const { status, body } = await get('/calendar?month=2026-11');
    expect(status).toBe(200);
    const { days, ...rest } = body;
    expect(rest).toEqual({
      sourceId: SOURCE_ID,
      timeZone: 'Europe/Rome',
      from: '2026-11-01',
      to: '2026-11-30',
      today: '2026-11-23',
      summary: { synchronized: 11, days: 11 },
      position: '00000000000000000007',
    });
    expect(days).toHaveLength(30);
    const zero = { total: 0, new: 0, changed: 0, deleted: 0 };
    expect(dayOf(days, '2026-11-13')).toEqual({
      day: '2026-11-13',
      state: 'synchronized',
      elements: 100,
      digest: '-42',
      sealed: true,
      open: false,
      atRisk: false,
      pending: null,
      held: zero,
      quarantined: 0,
      withheld: 0,
      lost: null,
      kept: 0,
      synchronizedAt: '2026-11-23T03:00:02.000Z',
      run: RUN_ID,
      cleanerTakesAt: null,
    });
    expect(dayOf(days, '2026-11-12')).toMatchObject({
      state: 'unknown',
      elements: 0,
      digest: null,
      sealed: false,
      pending: null,
      held: zero,
      synchronizedAt: null,
      run: null,
    });
    expect(dayOf(days, '2026-11-14')).toMatchObject({ state: 'empty', pending: zero });
    expect(dayOf(days, '2026-11-24')).toMatchObject({ state: 'future', open: true, pending: null });
  });

  it('colours the days', async () => {
    const open = { ...copiedDay, sealed: false };
    gateway.views.rows.days = [
      dayRow('2026-11-13', { copied: { ...copiedDay, kept: 3 } }),
      dayRow('2026-11-14', { failed: { code: 'DAY_DIGEST_MISMATCH', detail: 'x' } }),
      dayRow('2026-11-15', { count: count('2026-11-15', { new: 2, changed: 1 }) }),
      dayRow('2026-11-22', { copied: open, count: count('2026-11-22', { sealed: false, deleted: 4 }) }),
      dayRow('2026-11-23', { copied: null, count: count('2026-11-23', { sealed: false, new: 5 }) }),
    ];
    const { body } = await get('/calendar?from=2026-11-13&to=2026-11-23');
    expect(body.days.map((day: Shown) => day.state)).toEqual([
      'archived',
      'failed',
      'held',
      ...Array.from({ length: 6 }, () => 'empty'),
      'pending',
      'unsynchronized',
    ]);
    expect(body.summary).toEqual({ synchronized: 8, days: 11 });
    expect(dayOf(body.days, '2026-11-15')).toMatchObject({
      pending: null,
      held: { total: 3, new: 2, changed: 1, deleted: 0 },
    });
    expect(dayOf(body.days, '2026-11-22')).toMatchObject({
      pending: { total: 4, new: 0, changed: 0, deleted: 4 },
      held: { total: 0 },
    });
  });

  it('marks the day in hand of the run that works, and no other', async () => {
    gateway.views.rows.runs = [runRow({ period: { from: '2026-11-13', to: '2026-11-22' } })];
    const live = { runId: RUN_ID, daysDone: 3, daysTotal: 10, elementsRead: 1, period: null, problem: null };
    gateway.messenger.on(SUBJECTS.liveRuns, () => [{ ...live, days: ['2026-11-16'] }]);
    const { body } = await get('/calendar?month=2026-11');
    expect(body.days.filter((day: Shown) => day.state === 'running').map((day: Shown) => day.day)).toEqual([
      '2026-11-16',
    ]);
  });

  it('says nothing of what is pending while the source is not in reach', async () => {
    const problem = { code: 'SOURCE_UNREACHABLE', detail: 'x' };
    gateway.views.rows.sources = [sourceRow({ polling: { ...sourceRow().polling, problem } })];
    gateway.views.rows.days = [
      dayRow('2026-11-22', { copied: { ...copiedDay, sealed: false }, count: count('2026-11-22') }),
    ];
    const { body } = await get('/calendar?from=2026-11-22&to=2026-11-22');
    expect(body.days[0]).toMatchObject({ state: 'synchronized', pending: null });
  });

  it.each([
    ['2026-11-22T22:59:59Z', '2026-11-22', '2026-11-21'],
    ['2026-11-22T23:00:00Z', '2026-11-23', '2026-11-21'],
    ['2026-11-23T01:00:00Z', '2026-11-23', '2026-11-21'],
    ['2026-11-23T01:00:01Z', '2026-11-23', '2026-11-22'],
  ])('at %s it is %s and days are closed through %s', async (now, today, closed) => {
    await at(now);
    const { body } = await get('/calendar?from=2026-11-10&to=2026-11-30');
    expect(body.today).toBe(today);
    expect(body.days.filter((day: Shown) => !day.open).at(-1)?.day).toBe(closed);
  });

  it('knows a day that its zone skipped, and a settle delay of a week', async () => {
    gateway.views.rows.sources = [
      sourceRow({ settings: { ...settings, timeZone: 'Pacific/Apia', settleDelayMinutes: 10_080 } }),
    ];
    await at('2012-01-04T00:00:00Z');
    const { status, body } = await get('/calendar?from=2011-12-25&to=2012-01-05');
    expect([status, body.today]).toEqual([200, '2012-01-04']);
    expect(body.days.filter((day: Shown) => !day.open).at(-1)?.day).toBe('2011-12-26');
  });

  it('shows 400 days and no more', async () => {
    const longest = await get('/calendar?from=2025-11-01&to=2026-12-05');
    expect([longest.status, longest.body.days.length]).toEqual([200, 400]);
    const { status, body } = await get('/calendar?from=2025-11-01&to=2026-12-06');
    expect([status, body.code]).toEqual([422, 'RANGE_TOO_LONG']);
    expect((await get('/calendar?from=0001-01-01&to=9999-12-31')).status).toBe(422);
  });

  it.each([
    ['', 'REQUEST_INVALID'],
    ['month=', 'MONTH_INVALID'],
    ['month=2026-13', 'MONTH_INVALID'],
    ['month=2026-1', 'MONTH_INVALID'],
    ['month=0000-01', 'MONTH_INVALID'],
    ['month=2026-11-01', 'MONTH_INVALID'],
    ['month=2026-11&from=2026-11-01', 'REQUEST_INVALID'],
    ['month=2026-11&to=2026-11-01', 'REQUEST_INVALID'],
    ['month=2026-11&month=2026-12', 'REQUEST_INVALID'],
    ['from=2026-11-01', 'REQUEST_INVALID'],
    ['to=2026-11-01', 'REQUEST_INVALID'],
    ['from=2026-02-29&to=2026-03-01', 'DAY_INVALID'],
    ['from=2026-02-01&to=2026-02-30', 'DAY_INVALID'],
    ['from=0000-01-01&to=2026-02-01', 'DAY_INVALID'],
    ['from=20261101&to=20261102', 'DAY_INVALID'],
    ['from=%00&to=2026-11-02', 'DAY_INVALID'],
    ['month=2026-11&zone=UTC', 'REQUEST_INVALID'],
  ])('answers 400 to ?%s', async (query, code) => {
    const { status, body } = await get(`/calendar?${query}`);
    expect([status, body.code]).toEqual([400, code]);
  });

  it('answers 422 to an inverted range', async () => {
    const { status, body } = await get('/calendar?from=2026-11-02&to=2026-11-01');
    expect([status, body.code]).toEqual([422, 'RANGE_INVERTED']);
  });

  it('ends with the last day there is', async () => {
    const { status, body } = await get('/calendar?month=9999-12');
    expect([status, body.days.length]).toEqual([200, 31]);
  });
});

describe('a day', () => {
  it('is shown with its runs', async () => {
    gateway.views.rows.days = [dayRow('2026-11-13'), dayRow('2026-11-14')];
    gateway.views.rows.runs = [runRow({ status: 'succeeded', finishedAt: '2026-11-23T03:01:00.000Z' })];
    const { status, body } = await get('/days/2026-11-13');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      day: '2026-11-13',
      state: 'synchronized',
      elements: 100,
      sourceId: SOURCE_ID,
    });
    expect(body.runs).toEqual([expect.objectContaining({ id: RUN_ID, status: 'succeeded' })]);
    expect(body.runs[0]).not.toHaveProperty('days');
  });

  it.each(['2026-02-30', '2026-11', 'today', '%00', '0000-01-01', '10000-01-01'])(
    'answers 400 to %s',
    async (day) => {
      const { status, body } = await get(`/days/${day}`);
      expect([status, body.code]).toEqual([400, 'DAY_INVALID']);
    },
  );
});
