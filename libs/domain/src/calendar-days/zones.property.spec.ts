import { describe, expect, it } from '@jest/globals';
import { Temporal } from 'temporal-polyfill';
import { zoneTransitions, type Transition } from '../../test/zone-transitions';
import { addDays, type Day } from './days';
import { compareInstants, dayAt, endOfDay, millisecondsBetween, type Instant } from './zones';

const hour = 3_600_000;

function justBefore(instant: Instant): Instant {
  return Temporal.Instant.from(instant).subtract({ nanoseconds: 1 }).toString();
}

/** What is wrong with the day, if anything: it begins where the one before ends, and both its ends are on it. */
function faultOf(day: Day, zone: string): string | null {
  const begin = endOfDay(addDays(day, -1), zone);
  const end = endOfDay(day, zone);
  const order = compareInstants(begin, end);
  if (order > 0) return `${zone} ${day} ends before it begins`;
  if (order === 0) return `${zone} ${day} is skipped`;
  if (dayAt(begin, zone) !== day) return `${zone} ${day} begins on ${dayAt(begin, zone)}`;
  const last = dayAt(justBefore(end), zone);
  if (last !== day) return `${zone} ${day} ends on ${last}`;
  const length = millisecondsBetween(begin, end) / hour;
  return length < 17 || length > 31 ? `${zone} ${day} is ${String(length)} h long` : null;
}

/** The date that a clock shows right after the change must be the day that the instant lies in. */
function faultAt({ zone, at }: Transition): string | null {
  const instant = new Date(at).toISOString();
  const day = dayAt(instant, zone);
  const inside =
    compareInstants(endOfDay(addDays(day, -1), zone), instant) <= 0 &&
    compareInstants(instant, endOfDay(day, zone)) < 0;
  return inside ? null : `${zone} ${day} comes back`;
}

/** Dates that the zone's calendar left out: it crossed the date line. */
const skipped = [
  'Pacific/Apia 2011-12-30',
  'Pacific/Enderbury 1994-12-31',
  'Pacific/Fakaofo 2011-12-30',
  'Pacific/Kiritimati 1994-12-31',
  'Pacific/Kwajalein 1993-08-21',
];

describe('local days', () => {
  const all = zoneTransitions();

  it('partition time at changes of the clocks in every zone, 1970 to 2037', () => {
    // Far from midnight a change leaves the ends of days alone: fewer of those are tried.
    const tried = all.filter(
      ({ large, atMidnight }, index) => large || index % 60 === 0 || (atMidnight && index % 6 === 0),
    );
    const faults = tried.flatMap(({ zone, at }) => {
      const day = dayAt(new Date(at).toISOString(), zone);
      return [addDays(day, -1), day, addDays(day, 1)].flatMap((each) => faultOf(each, zone) ?? []);
    });
    process.stdout.write(`     ${String(tried.length)} of ${String(all.length)} changes tried\n`);
    expect([...new Set(faults)].sort()).toEqual(skipped.map((day) => `${day} is skipped`));
  }, 60_000);

  // Clocks set back at 00:01 show the day before once more after it ended: Newfoundland, Labrador and New Brunswick did
  // until 2011, Casey in 2010. Days that old closed long ago; this says if a zone ever does so again.
  it('do not come back once they ended, since 2012', () => {
    const lately = all.filter(({ at, atMidnight }) => atMidnight && at >= Date.UTC(2012, 0, 1));
    expect(lately.length).toBeGreaterThan(100);
    expect(lately.flatMap((transition) => faultAt(transition) ?? [])).toEqual([]);
  }, 60_000);
});
