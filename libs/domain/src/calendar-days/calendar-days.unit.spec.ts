import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays, daysUntil, eachDay, firstDayOf, isDay, isMonth, lastDayOf } from './days';
import {
  addMinutes,
  compareInstants,
  dayAt,
  endOfDay,
  isClosed,
  isTimeZone,
  millisecondsBetween,
} from './zones';

describe('days', () => {
  it.each(['0001-01-01', '9999-12-31', '2024-02-29', '2000-02-29', '2026-11-23'])('%s is one', (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each([
    '0000-01-01',
    '2026-02-30',
    '2023-02-29',
    '1900-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '10000-01-01',
    '-001-01-01',
    '+002026-01-01',
    '2026-1-1',
    '20260101',
    '2026-01-01T00:00',
    ' 2026-01-01',
    '2026-01-01\n',
    '２０２６-01-01',
    'infinity',
    '',
  ])('%j is none', (text) => {
    expect(isDay(text)).toBe(false);
  });

  it('have months', () => {
    expect(['2026-01', '0001-12', '9999-12'].map(isMonth)).toEqual([true, true, true]);
    expect(['0000-01', '2026-13', '2026-00', '2026-1', '2026-01-01', ''].some(isMonth)).toBe(false);
    expect([firstDayOf('2024-02'), lastDayOf('2024-02')]).toEqual(['2024-02-01', '2024-02-29']);
    expect(lastDayOf('1900-02')).toBe('1900-02-28');
  });

  it('stay inside their bounds', () => {
    expect(addDays('0001-01-01', -1)).toBe('0001-01-01');
    expect(addDays('9999-12-31', 1)).toBe('9999-12-31');
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
  });

  it('are listed both ends included', () => {
    expect(eachDay('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
    expect(eachDay('9999-12-31', '9999-12-31')).toEqual(['9999-12-31']);
    expect(eachDay('2026-11-02', '2026-11-01')).toEqual([]);
  });

  it('count as calendars do', () => {
    const day = fc
      .date({ min: new Date('0001-01-01'), max: new Date('9990-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(day, fc.integer({ min: 0, max: 3_000 }), (from, n) => {
        const to = addDays(from, n);
        expect(daysUntil(from, to)).toBe(n);
        expect(daysUntil(to, from)).toBe(0 - n + 0);
        expect(isDay(to)).toBe(true);
        expect(from <= to).toBe(true);
      }),
    );
  });
});

describe('zones', () => {
  it('are IANA names that this runtime knows', () => {
    for (const zone of ['Europe/Rome', 'UTC', 'Pacific/Apia', 'America/Argentina/Buenos_Aires']) {
      expect(isTimeZone(zone)).toBe(true);
    }
    for (const zone of ['+02:00', '', 'Europe/Atlantis', 'Z2', '2026', 'Europe/Rome; x']) {
      expect(isTimeZone(zone)).toBe(false);
    }
  });

  it.each([
    { zone: 'UTC', day: '2026-11-22', end: '2026-11-23T00:00:00Z' },
    { zone: 'Europe/Rome', day: '2026-03-29', end: '2026-03-29T22:00:00Z', hours: 23 },
    { zone: 'Europe/Rome', day: '2026-10-25', end: '2026-10-25T23:00:00Z', hours: 25 },
    // Samoa crossed the date line: the 30th never was.
    { zone: 'Pacific/Apia', day: '2011-12-29', end: '2011-12-30T10:00:00Z' },
    { zone: 'Pacific/Apia', day: '2011-12-30', end: '2011-12-30T10:00:00Z', hours: 0 },
    { zone: 'Pacific/Apia', day: '2011-12-31', end: '2011-12-31T10:00:00Z' },
    // No midnight: the day begins at one.
    { zone: 'America/Santiago', day: '2024-09-07', end: '2024-09-08T04:00:00Z' },
    { zone: 'America/Santiago', day: '2024-09-08', end: '2024-09-09T03:00:00Z', hours: 23 },
    // The hour before midnight twice.
    { zone: 'America/Santiago', day: '2024-04-06', end: '2024-04-07T04:00:00Z', hours: 25 },
    { zone: 'Asia/Beirut', day: '2022-03-26', end: '2022-03-26T22:00:00Z' },
    { zone: 'Asia/Beirut', day: '2022-03-27', end: '2022-03-27T21:00:00Z', hours: 23 },
    { zone: 'Asia/Beirut', day: '2022-10-29', end: '2022-10-29T22:00:00Z', hours: 25 },
    // Midnight twice: the day begins at the first, and holds both.
    { zone: 'America/Havana', day: '2024-11-02', end: '2024-11-03T04:00:00Z' },
    { zone: 'America/Havana', day: '2024-11-03', end: '2024-11-04T05:00:00Z', hours: 25 },
    // Half an hour.
    { zone: 'Australia/Lord_Howe', day: '2024-04-07', end: '2024-04-07T13:30:00Z', hours: 24.5 },
    { zone: 'Australia/Lord_Howe', day: '2024-10-06', end: '2024-10-06T13:00:00Z', hours: 23.5 },
    // Back for Ramadan, forth after it.
    { zone: 'Africa/Casablanca', day: '2024-03-10', end: '2024-03-11T00:00:00Z', hours: 25 },
    { zone: 'Africa/Casablanca', day: '2024-04-14', end: '2024-04-14T23:00:00Z', hours: 23 },
  ])('$zone: $day ends at $end', ({ zone, day, end, hours = 24 }) => {
    expect(compareInstants(endOfDay(day, zone), end)).toBe(0);
    expect(millisecondsBetween(endOfDay(addDays(day, -1), zone), end) / 3_600_000).toBe(hours);
  });

  it('tell the date that a clock there shows', () => {
    expect(dayAt('2026-11-22T23:30:00Z', 'Europe/Rome')).toBe('2026-11-23');
    expect(dayAt('2026-11-22T23:30:00Z', 'America/New_York')).toBe('2026-11-22');
    expect(dayAt('2011-12-30T10:00:00Z', 'Pacific/Apia')).toBe('2011-12-31');
    expect(dayAt('2011-12-30T09:59:59.999999999Z', 'Pacific/Apia')).toBe('2011-12-29');
  });
});

describe('instants', () => {
  it('compare to the nanosecond, not as text', () => {
    expect(compareInstants('2026-11-20T01:00:00Z', '2026-11-20T01:00:00.000Z')).toBe(0);
    expect(compareInstants('2026-11-20T01:00:00.000000001Z', '2026-11-20T01:00:00Z')).toBe(1);
    expect(compareInstants('2026-11-20T01:00:00Z', '2026-11-20T01:00:00.5Z')).toBe(-1);
    expect(compareInstants('2026-11-20T01:00:00+01:00', '2026-11-20T00:30:00Z')).toBe(-1);
  });

  it('move by minutes', () => {
    expect(addMinutes('2026-11-20T23:30:00Z', 45)).toBe('2026-11-21T00:15:00Z');
  });
});

describe('a day is closed', () => {
  const rome = { zone: 'Europe/Rome', settleDelayMinutes: 120 };

  it('only after its end and the settle delay, by the clock of the snapshot', () => {
    expect(isClosed('2026-11-22', { ...rome, at: '2026-11-23T01:00:00Z' })).toBe(false);
    expect(isClosed('2026-11-22', { ...rome, at: '2026-11-23T01:00:00.000000001Z' })).toBe(true);
    expect(isClosed('2026-11-23', { ...rome, at: '2026-11-23T01:00:01Z' })).toBe(false);
  });

  it('in its own zone', () => {
    const at = '2026-11-23T06:00:00Z';
    const closed = (zone: string): boolean => isClosed('2026-11-22', { zone, settleDelayMinutes: 0, at });
    expect(closed('Europe/Rome')).toBe(true);
    expect(closed('America/Los_Angeles')).toBe(false);
  });
});
