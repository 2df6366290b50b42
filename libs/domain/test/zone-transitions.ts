const minute = 60_000;
const day = 24 * 60 * minute;
const begin = Date.UTC(1970, 0, 1);
const end = Date.UTC(2037, 6, 1);
const halfYear = 182 * day;

export interface Transition {
  readonly zone: string;
  /** The first minute after the change. */
  readonly at: number;
  /** A local midnight lies within two minutes of what the change skips or repeats. */
  readonly atMidnight: boolean;
  /** More than any clock change: the zone moved across the date line, or was settled. */
  readonly large: boolean;
}

/** The zone's offset by Intl alone: quick, and nothing of what is tested. */
function offsetsOf(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  return (at) => {
    const [month = 0, date = 0, year = 0, hours = 0, minutes = 0] = (
      format.format(at).match(/\d+/g) ?? []
    ).map(Number);
    return Date.UTC(year, month - 1, date, hours, minutes) - at;
  };
}

/**
 * Changes of clocks from 1970 to 2037 in every zone that this runtime knows: of zones that tell the same time at every
 * half-year only the first, of several changes within one half-year one.
 */
export function zoneTransitions(): Transition[] {
  const seen = new Set<string>();
  return Intl.supportedValuesOf('timeZone').flatMap((zone) => {
    const offsetAt = offsetsOf(zone);
    const samples: number[] = [];
    for (let at = begin; at < end; at += halfYear) samples.push(offsetAt(at));
    const rule = samples.join();
    if (seen.has(rule)) return [];
    seen.add(rule);
    return samples.flatMap((before, index) => {
      const after = samples[index + 1];
      if (after === undefined || after === before) return [];
      const at = changeAfter(begin + index * halfYear, before, offsetAt);
      return [
        {
          zone,
          at,
          atMidnight: touchesMidnight(at, before, after),
          large: Math.abs(after - before) > day / 8,
        },
      ];
    });
  });
}

function changeAfter(low: number, before: number, offsetAt: (at: number) => number): number {
  let [left, right] = [low / minute, (low + halfYear) / minute];
  while (right - left > 1) {
    const middle = Math.floor((left + right) / 2);
    if (offsetAt(middle * minute) === before) left = middle;
    else right = middle;
  }
  return right * minute;
}

function touchesMidnight(at: number, before: number, after: number): boolean {
  const margin = 2 * minute;
  const [from, to] = [at + Math.min(before, after) - margin, at + Math.max(before, after) + margin];
  return Math.ceil(from / day) * day <= to;
}
