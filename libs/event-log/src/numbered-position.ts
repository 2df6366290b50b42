import { EventLogFault, type Position } from './port';

/** Positions of the logs that number their events: 20 digits, so that they compare as strings. */
const digits = 20;
const form = /^[0-9]{20}$/;

/** The largest bigint of a database. */
const largest = 2n ** 63n - 1n;

export function positionOf(place: bigint | string): Position {
  return String(place).padStart(digits, '0') as Position;
}

/**
 * The number behind a position; 0n for `start`: the first event has 1n.
 *
 * @throws EventLogFault POSITION_INVALID for anything that this kind of log never minted.
 */
export function placeOf(position: Position | 'start'): bigint {
  if (position === 'start') {
    return 0n;
  }
  const place = form.test(position) ? BigInt(position) : -1n;
  if (place < 0n || place > largest) {
    throw new EventLogFault('POSITION_INVALID', `"${position}" is not a position of this log`);
  }
  return place;
}
