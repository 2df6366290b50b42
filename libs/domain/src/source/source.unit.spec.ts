import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storyOf } from '../../test/given';
import { commands, countOf, events, pollOf, resultOf, settings, sourceId, unlike } from '../../test/sources';
import { foldCounts, type DayCount } from '../counts';
import type { SourceCommand } from './commands';
import { decideSource } from './decide';
import type { SourceEvent } from './events';
import type { SourceSettings } from './settings';
import { evolveSource, initialSource } from './state';

const given = storyOf({ initial: initialSource, evolve: evolveSource, decide: decideSource });
const { SourceRegistered, SourceRemoved, SourceUnreachable, SourceRecovered } = events;
const connector = settings.connector;
const known = (...counts: DayCount[]) => foldCounts(new Map(), counts);

describe('registering', () => {
  it('is the first word, and a retry says nothing more', () => {
    given().when(commands.RegisterSource).then(SourceRegistered);
    given(SourceRegistered).when(commands.RegisterSource).thenNothing();
  });

  it.each<{ over: Partial<SourceSettings>; code: string; path: string }>([
    { over: { timeZone: 'Europe/Atlantis' }, code: 'TIME_ZONE_UNKNOWN', path: 'timeZone' },
    { over: { timeZone: '+02:00' }, code: 'TIME_ZONE_UNKNOWN', path: 'timeZone' },
    {
      over: { connector: { ...connector, day: { column: 'at', timeZone: 'Nowhere' } } },
      code: 'TIME_ZONE_UNKNOWN',
      path: 'connector.day.timeZone',
    },
    {
      over: { cleaner: { retentionDays: 7, runsAt: '03:00', guardMinutes: 60, timeZone: 'X' } },
      code: 'TIME_ZONE_UNKNOWN',
      path: 'cleaner.timeZone',
    },
    { over: { name: 'Orders' }, code: 'SOURCE_NAME_INVALID', path: 'name' },
    { over: { name: '1orders' }, code: 'SOURCE_NAME_INVALID', path: 'name' },
    { over: { name: '' }, code: 'SOURCE_NAME_INVALID', path: 'name' },
    { over: { name: 'a'.repeat(49) }, code: 'SOURCE_NAME_INVALID', path: 'name' },
    { over: { name: 'orders\n' }, code: 'SOURCE_NAME_INVALID', path: 'name' },
  ])('$over is refused: $code', ({ over, code, path }) => {
    given()
      .when({ ...commands.RegisterSource, settings: { ...settings, ...over } })
      .thenRejected(code);
    const refused = given().when({ ...commands.RegisterSource, settings: { ...settings, ...over } });
    expect(refused.decision).toMatchObject({ path });
  });

  it.each([
    ['mysql://db/orders', 'SOURCE_URL_INVALID'],
    ['', 'SOURCE_URL_INVALID'],
    ['postgresql://reader:secret@db/orders', 'SOURCE_URL_HAS_PASSWORD'],
    ['postgres://reader:@db/orders', 'SOURCE_URL_HAS_PASSWORD'],
    ['postgresql://reader:a@b@db/orders', 'SOURCE_URL_HAS_PASSWORD'],
    ['postgresql://db/orders?password=secret', 'SOURCE_URL_HAS_PASSWORD'],
    ['postgresql://db/orders?sslmode=off&PASSWORD=secret', 'SOURCE_URL_HAS_PASSWORD'],
  ])('the URL %j is refused: %s, and not repeated', (url, code) => {
    const refused = given().when({
      ...commands.RegisterSource,
      settings: { ...settings, connector: { ...connector, url } },
    });
    refused.thenRejected(code);
    expect(JSON.stringify(refused.decision)).not.toContain('secret');
  });

  it.each(['postgresql://db.internal:5432/orders', 'postgres://reader@[::1]:5432/orders?sslmode=require'])(
    'the URL %s is taken',
    (url) => {
      const taken = {
        ...commands.RegisterSource,
        settings: { ...settings, connector: { ...connector, url } },
      };
      expect(given().when(taken).decision.kind).toBe('accepted');
    },
  );
});

describe('changing', () => {
  it('raises the revision, and only from the revision that the writer saw', () => {
    given(SourceRegistered)
      .when({ ...commands.ChangeSource, expectedRevision: 1 })
      .then(events.SourceChanged);
    given(SourceRegistered)
      .when({ ...commands.ChangeSource, expectedRevision: 2 })
      .thenRejected('SOURCE_REVISION_STALE');
  });

  it.each<Partial<SourceSettings>>([
    { timeZone: 'UTC' },
    { connector: { ...connector, table: 'public.other' } },
    { connector: { ...connector, key: ['flow_id', 'part'] } },
    { connector: { ...connector, day: { column: 'ended_at' } } },
    { connector: { ...connector, day: { column: 'started_at', timeZone: 'UTC' } } },
  ])('cannot make it a copy of something else once it was copied: %j', (over) => {
    const change: SourceCommand = { type: 'ChangeSource', settings: { ...settings, ...over }, copied: true };
    given(SourceRegistered).when(change).thenRejected('SOURCE_IDENTITY_FIXED');
    expect(given(SourceRegistered).when({ ...change, copied: false }).decision.kind).toBe('accepted');
  });

  it('leaves name, URL, password and intervals free', () => {
    const free = {
      ...unlike,
      name: 'orders_eu',
      connector: { ...connector, url: 'postgres://other/orders' },
    };
    const change: SourceCommand = { type: 'ChangeSource', settings: free, copied: true };
    expect(given(SourceRegistered).when(change).decision.kind).toBe('accepted');
  });
});

describe('coming back after a removal', () => {
  const copied = { ...commands.RegisterSource, copied: true };

  it('is not revived while its elements are still being deleted', () => {
    const removed: SourceEvent = { type: 'SourceRemoved', data: { sourceId, elements: 'delete' } };
    given(SourceRegistered, removed).when(copied).thenRejected('SOURCE_BUSY');
    expect(given(SourceRegistered, removed).when(commands.RegisterSource).decision.kind).toBe('accepted');
  });
  const polled = [SourceRegistered, events.PendingElementsDetected];

  it('goes on at the next revision', () => {
    given(SourceRegistered, SourceRemoved)
      .when(copied)
      .then({ type: 'SourceRegistered', data: { sourceId, settings, revision: 2 } });
  });

  it('must be the same source while its elements are there', () => {
    const other = { ...settings, timeZone: 'UTC' };
    given(SourceRegistered, SourceRemoved)
      .when({ ...copied, settings: other })
      .thenRejected('SOURCE_IDENTITY_FIXED');
    const without = given(SourceRegistered, SourceRemoved).when({
      ...copied,
      settings: other,
      copied: false,
    });
    expect(without.decision.kind).toBe('accepted');
  });

  it('keeps what was known of its days, unless they were deleted', () => {
    const again: SourceEvent = { type: 'SourceRegistered', data: { sourceId, settings, revision: 2 } };
    expect(given(...polled, SourceRemoved, again).state).toMatchObject({
      polling: { knownFrom: '2026-11-20' },
    });
    const deleted: SourceEvent = { type: 'SourceRemoved', data: { sourceId, elements: 'delete' } };
    expect(given(...polled, deleted, again).state).toMatchObject({
      polling: { knownFrom: null, polled: false },
    });
  });
});

describe('a poll', () => {
  it('is told at first, also of an empty source', () => {
    given(SourceRegistered)
      .when(pollOf({ counts: [], oldestDay: null, newestDay: null }))
      .then({
        type: 'SourceAligned',
        data: resultOf({ counts: [], oldestDay: null, newestDay: null, pending: 0 }),
      });
  });

  it('of an unchanged source appends nothing', () => {
    given(SourceRegistered, events.PendingElementsDetected)
      .when(pollOf({ known: known(countOf()), counts: [countOf({ at: '2026-11-23T03:00:00Z' })] }))
      .thenNothing();
  });

  it('tells only the days that are news, with the totals over all of them', () => {
    const old = countOf();
    const news = countOf({ day: '2026-11-21', new: 2, changed: 1 });
    given(SourceRegistered, events.PendingElementsDetected)
      .when(pollOf({ known: known(old), counts: [old, news], newestDay: '2026-11-21' }))
      .then({
        type: 'PendingElementsDetected',
        data: resultOf({ counts: [news], newestDay: '2026-11-21', pending: 13 }),
      });
  });

  it('does not tell what a run knows better by now', () => {
    given(SourceRegistered, events.PendingElementsDetected)
      .when(pollOf({ known: known(countOf({ revision: 1, new: 0 })), counts: [countOf()] }))
      .thenNothing();
  });

  it('is aligned once nothing waits, and names late data for itself', () => {
    const before = [SourceRegistered, events.PendingElementsDetected];
    const done = countOf({ revision: 1, new: 0, sealed: true, at: '2026-11-23T03:00:00Z' });
    given(...before)
      .when(pollOf({ known: known(countOf()), counts: [{ ...done, sealed: false }] }))
      .then({
        type: 'SourceAligned',
        data: resultOf({ counts: [{ ...done, sealed: false }], pending: 0 }),
      });
    const late = { ...done, new: 3, at: '2026-11-23T04:00:00Z' };
    given(...before)
      .when(pollOf({ known: known(done), counts: [late] }))
      .then({ type: 'LateElementsHeld', data: resultOf({ counts: [late], pending: 0, held: 3 }) });
  });

  it('tells of elements that stand on no day', () => {
    given(SourceRegistered, events.PendingElementsDetected)
      .when(pollOf({ known: known(countOf()), unreadable: { count: 2, reasons: ['NULL'] } }))
      .then({
        type: 'PendingElementsDetected',
        data: resultOf({ counts: [], unreadable: { count: 2, reasons: ['NULL'] } }),
      });
  });

  it('that could not be is told once per cause, and its end once', () => {
    given(SourceRegistered).when(commands.RecordUnreachable).then(SourceUnreachable);
    given(SourceRegistered, SourceUnreachable).when(commands.RecordUnreachable).thenNothing();
    given(SourceRegistered, SourceUnreachable)
      .when({ type: 'RecordUnreachable', code: 'SOURCE_PERMISSION_DENIED', detail: 'no' })
      .then({
        type: 'SourceUnreachable',
        data: { sourceId, code: 'SOURCE_PERMISSION_DENIED', detail: 'no' },
      });
    given(SourceRegistered, events.PendingElementsDetected, SourceUnreachable)
      .when(pollOf({ known: known(countOf()) }))
      .then(SourceRecovered);
  });
});

describe('whatever happens to a source', () => {
  const event = fc.constantFrom<SourceEvent>(...Object.values(events), {
    type: 'SourceRemoved',
    data: { sourceId, elements: 'delete' },
  });
  const command = fc.constantFrom<SourceCommand>(...Object.values(commands));

  it('evolve takes any events in any order, and what decide accepts after them evolves', () => {
    fc.assert(
      fc.property(fc.array(event), command, (history, asked) => {
        const { state, when } = given(...history);
        const { decision } = when(asked);
        if (decision.kind !== 'accepted') return;
        expect(decision.events.length).toBeGreaterThan(0);
        expect(decision.events.reduce(evolveSource, state).status).not.toBe('none');
      }),
    );
  });

  it('the oldest day ever seen only moves back, the first known one stays', () => {
    const poll = fc
      .option(fc.constantFrom('2026-11-18', '2026-11-19', '2026-11-20'))
      .map((oldestDay): SourceEvent => ({ type: 'SourceAligned', data: resultOf({ oldestDay }) }));
    fc.assert(
      fc.property(fc.array(poll), (polls) => {
        const days = polls.flatMap((each) => ('oldestDay' in each.data ? (each.data.oldestDay ?? []) : []));
        expect(given(SourceRegistered, ...polls).state).toMatchObject({
          polling: { knownFrom: days[0] ?? null, oldestSeen: [...days].sort()[0] ?? null },
        });
      }),
    );
  });

  it('no password is in an event: only its reference', () => {
    const text = JSON.stringify(given().when(commands.RegisterSource).decision);
    expect(text).toContain('env:ORDERS_PASSWORD');
  });
});
