import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DaymarkEvent } from '@daymark/contracts';
import { contents, folded, placed, runIn } from '../../test/memory-views';
import {
  completed,
  count,
  failed,
  none,
  orders,
  polled,
  registered,
  removed,
  report,
  request,
  requested,
  runA,
  runB,
  settings,
  started,
  synchronized,
  wholeLife,
} from '../../test/stories';
import { foldInto, keysOf } from './working-rows';

const sourceOf = (events: readonly DaymarkEvent[]) => folded(events).sources.rows.get(orders)?.row;
const dayOf = (events: readonly DaymarkEvent[], day: string) =>
  folded(events).days.rows.get(`${orders} ${day}`)?.row;
const runOf = (events: readonly DaymarkEvent[], id = runA) => runIn(folded(events), id);

describe('folding again', () => {
  it.each(wholeLife.map((_, index) => index))('from the position of event %i changes nothing', (from) => {
    const once = folded(wholeLife);
    const again = folded(wholeLife);
    for (const event of placed(wholeLife).slice(from)) foldInto(again, event);
    expect(contents(again)).toEqual(contents(once));
  });

  it('names the keys of every row that it touches', () => {
    const keys = keysOf(placed(wholeLife));
    const rows = folded(wholeLife);
    for (const key of rows.sources.changed) expect(keys.sources).toContain(key);
    for (const key of rows.days.changed) expect(keys.days.has(key)).toBe(true);
    for (const key of rows.runs.changed) expect(keys.runs).toContain(key);
    for (const key of rows.runDays.changed) expect(keys.runDays.has(key)).toBe(true);
  });
});

describe('a source', () => {
  it('is what was registered, then what was changed', () => {
    const changed = { ...settings, pollingIntervalMinutes: 1 };
    const events: DaymarkEvent[] = [
      registered(),
      { type: 'SourceChanged', data: { sourceId: orders, settings: changed, revision: 2 } },
    ];
    expect(sourceOf(events)).toMatchObject({ id: orders, settings: changed, revision: 2, removed: false });
  });

  it('is no row before it is registered, whatever polls and runs say', () => {
    expect(sourceOf([polled([]), synchronized('2026-11-18'), completed()])).toBeUndefined();
  });

  it('shows the latest census, not the last one written', () => {
    const events = [
      registered(),
      polled([], { censusAt: '2026-11-20T01:00:00.5Z' }),
      polled([], { censusAt: '2026-11-20T01:00:00Z' }),
    ];
    expect(sourceOf(events)?.censusAt).toBe('2026-11-20T01:00:00.5Z');
  });

  it('covers the hull of what was synchronized', () => {
    const events = [registered(), ...['2026-11-18', '2026-11-15', '2026-11-16'].map((d) => synchronized(d))];
    expect(sourceOf(events)?.covered).toEqual({ from: '2026-11-15', to: '2026-11-18' });
  });

  it('was last synchronized when a run completed; a dry, failed or cancelled one does not count', () => {
    const whole = [registered(), requested(), started(), completed()];
    expect(sourceOf(whole)?.lastSynchronizedAt).toBe('2026-11-20T03:03:00Z');
    expect(
      sourceOf([registered(), requested({ dryRun: true }), started(), completed()])?.lastSynchronizedAt,
    ).toBeNull();
    expect(sourceOf([registered(), requested(), started(), failed()])?.lastSynchronizedAt).toBeNull();
  });

  it('keeps its problem until it recovers', () => {
    const unreachable: DaymarkEvent = {
      type: 'SourceUnreachable',
      data: { sourceId: orders, code: 'SOURCE_UNREACHABLE', detail: 'no route' },
    };
    const problem = { code: 'SOURCE_UNREACHABLE', detail: 'no route' };
    expect(sourceOf([registered(), unreachable])?.polling.problem).toEqual(problem);
    const recovered: DaymarkEvent = { type: 'SourceRecovered', data: { sourceId: orders } };
    expect(sourceOf([registered(), unreachable, recovered])?.polling.problem).toBeNull();
  });
});

describe('a removed source', () => {
  const past = [
    registered(),
    polled([count('2026-11-18', { new: 1 })]),
    requested(),
    started(),
    synchronized('2026-11-18'),
    completed(),
  ];

  it('that kept its elements comes back with its days and what was known of them', () => {
    const events = [...past, removed('keep'), registered(orders, 'orders', 2)];
    expect(dayOf(events, '2026-11-18')?.copied?.revision).toBe(1);
    expect(sourceOf(events)).toEqual({ ...sourceOf(past), revision: 2 });
  });

  it('whose elements were deleted starts again, also for what a straggling run told in between', () => {
    const events = [
      ...past,
      removed('delete'),
      synchronized('2026-11-19'),
      registered(orders, 'orders', 2),
      polled([count('2026-11-18', { new: 7 })]),
    ];
    expect(dayOf(events, '2026-11-19')).toBeUndefined();
    expect(dayOf(events, '2026-11-18')).toMatchObject({ copied: null, count: { revision: 0, new: 7 } });
    expect(sourceOf(events)).toMatchObject({ covered: null, lastSynchronizedAt: null, removed: false });
    expect(sourceOf(events)?.polling.knownFrom).toBe('2026-11-18');
    expect(runOf(events)?.days).toHaveLength(2);
  });
});

describe('a day', () => {
  it('is counted by whoever counted it at the highest revision, then at the latest instant', () => {
    const events = [
      polled([count('2026-11-18', { revision: 1, new: 1 })]),
      polled([count('2026-11-18', { revision: 0, at: '2026-11-29T00:00:00Z', new: 2 })]),
      polled([count('2026-11-18', { revision: 1, at: '2026-11-20T00:59:59.999Z', new: 3 })]),
    ];
    expect(dayOf(events, '2026-11-18')?.count).toMatchObject({ revision: 1, new: 1 });
  });

  it('differs in nothing once it is synchronized, counted at the source of that snapshot', () => {
    const events = [
      polled([count('2026-11-18', { new: 5 })]),
      synchronized('2026-11-18', { elements: 12, source: { elements: 9, digest: '5' }, kept: 3 }),
    ];
    expect(dayOf(events, '2026-11-18')).toEqual({
      sourceId: orders,
      day: '2026-11-18',
      count: count('2026-11-18', { revision: 1, at: '2026-11-20T02:00:10Z', sealed: true, elements: 9 }),
      copied: {
        revision: 1,
        sealed: true,
        elements: 12,
        digest: '77',
        kept: 3,
        synchronizedAt: '2026-11-20T03:01:00Z',
        run: runA,
      },
      failed: null,
    });
  });

  it('is failed until a run could take it; a dry run takes nothing', () => {
    const problem = { code: 'DAY_DIGEST_MISMATCH', detail: 'unequal twice' };
    const fail = failed({ days: [report('2026-11-18', { outcome: 'failed', problem })] });
    expect(dayOf([fail], '2026-11-18')?.failed).toEqual(problem);
    expect(dayOf([fail, synchronized('2026-11-18', { runId: runB })], '2026-11-18')?.failed).toBeNull();
    expect(dayOf([requested({ dryRun: true }), started(), fail], '2026-11-18')).toBeUndefined();
    const unexplained = failed({ days: [report('2026-11-18', { outcome: 'failed' })] });
    expect(dayOf([unexplained], '2026-11-18')?.failed?.code).toBe('DAY_DIGEST_MISMATCH');
  });

  it('is counted by a dry run as by any other', () => {
    const end = completed({ counts: [count('2026-11-18', { new: 3 })] });
    expect(dayOf([requested({ dryRun: true }), started(), end], '2026-11-18')?.count?.new).toBe(3);
  });

  it('comes out the same whatever the order in which counts and copies reach the log', () => {
    const days = ['2026-11-18', '2026-11-19'];
    const number = fc.integer({ min: 0, max: 5 });
    const fact = fc
      .tuple(fc.constantFrom(...days), number, number, fc.constantFrom('poll', 'end', 'day'))
      .map(([day, revision, second, kind]): DaymarkEvent => {
        const at = `2026-11-20T02:00:0${String(second)}Z`;
        if (kind === 'day') return synchronized(day, { revision, snapshotAt: at, digest: String(revision) });
        // What is counted follows from the pair that it belongs to, as it does at a source.
        const counted = count(day, { revision, at: `2026-11-20T02:00:1${String(second)}Z`, new: second });
        return kind === 'poll' ? polled([counted]) : completed({ counts: [counted] });
      });
    const shuffled = fc
      .uniqueArray(fact, { maxLength: 20, selector: (event) => JSON.stringify(identityOf(event)) })
      .chain((events) =>
        fc.tuple(fc.constant(events), fc.shuffledSubarray(events, { minLength: events.length })),
      );
    fc.assert(
      fc.property(shuffled, ([events, otherwise]) => {
        for (const day of days) {
          expect(withoutClock(dayOf(otherwise, day))).toEqual(withoutClock(dayOf(events, day)));
        }
      }),
    );
  });
});

/** A summary's revision is written once. */
function identityOf(event: DaymarkEvent): unknown {
  return event.type === 'DaySynchronized' ? [event.data.day, event.data.revision] : event;
}

function withoutClock(row: ReturnType<typeof dayOf>): unknown {
  return { ...row, copied: row?.copied == null ? null : { ...row.copied, synchronizedAt: '' } };
}

describe('a run', () => {
  it('goes from requested to its end, each with its time', () => {
    const asked = requested();
    expect(runOf([asked])).toEqual({
      id: runA,
      request: request(),
      status: 'requested',
      period: null,
      startedAt: null,
      finishedAt: null,
      attempts: 0,
      counts: none,
      daysDone: 0,
      days: [],
      problem: null,
    });
    expect(runOf([asked, started(), completed()])).toMatchObject({
      status: 'succeeded',
      startedAt: '2026-11-20T03:01:00Z',
      finishedAt: '2026-11-20T03:02:00Z',
      attempts: 1,
    });
    expect(runOf([asked, started(), failed()])).toMatchObject({
      status: 'failed',
      problem: { code: 'DAY_DIGEST_MISMATCH' },
    });
  });

  it('is cancelling, then cancelled', () => {
    const asked: DaymarkEvent = { type: 'SyncCancelRequested', data: { runId: runA, sourceId: orders } };
    const done: DaymarkEvent = { type: 'SyncCancelled', data: { runId: runA, sourceId: orders } };
    expect(runOf([requested(), started(), asked])?.status).toBe('cancelling');
    expect(runOf([requested(), started(), asked, done])).toMatchObject({
      status: 'cancelled',
      finishedAt: '2026-11-20T03:03:00Z',
    });
  });

  it('is no row without its request, nor by what the queue says', () => {
    const queued: DaymarkEvent = { type: 'RunQueued', data: { request: request() } };
    expect(runOf([queued, started(), synchronized('2026-11-18'), completed()])).toBeUndefined();
  });

  it('keeps its first end', () => {
    const events = [requested(), started(), completed(), failed(), started()];
    expect(runOf(events)).toMatchObject({
      status: 'succeeded',
      problem: null,
      finishedAt: '2026-11-20T03:02:00Z',
    });
  });

  it('lists each day once, ascending, and adds up what they carry', () => {
    const looked = report('2026-11-16', { counts: { ...none, read: 2, unchanged: 2 } });
    const events = [
      requested(),
      started(),
      synchronized('2026-11-19'),
      synchronized('2026-11-18', { outcome: 'unchanged', counts: none }),
      synchronized('2026-11-19'),
      completed({ days: [report('2026-11-19'), looked] }),
    ];
    const run = runOf(events);
    expect(run?.days.map(({ day, outcome }) => `${day} ${outcome}`)).toEqual([
      '2026-11-16 held',
      '2026-11-18 unchanged',
      '2026-11-19 synchronized',
    ]);
    expect(run?.counts).toEqual({ ...none, read: 12, inserted: 10, unchanged: 2 });
    expect(run?.period).toEqual({ from: '2026-11-16', to: '2026-11-19' });
  });

  it('has the period that was asked for, where one was', () => {
    const period = { from: '2026-11-01', to: '2026-11-30' };
    const events = [requested({ type: 'month', period }), started(), synchronized('2026-11-18')];
    expect(runOf(events)?.period).toEqual(period);
  });

  it('that is dry counts what it would do', () => {
    const would = report('2026-11-18', {
      outcome: 'would-change',
      counts: { ...none, read: 4, inserted: 4 },
    });
    const events = [requested({ dryRun: true }), started(), completed({ days: [would] })];
    expect(runOf(events)).toMatchObject({ counts: { read: 4, inserted: 4 }, days: [would] });
  });

  it('counts its attempts', () => {
    const resumed: DaymarkEvent = {
      type: 'SyncResumed',
      data: { runId: runA, sourceId: orders, token: '9', attempt: 3 },
    };
    expect(runOf([requested(), started(), resumed])?.attempts).toBe(3);
  });
});
