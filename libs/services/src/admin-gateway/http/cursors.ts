/**
 * What every list that is paged does with its cursor. The views mint their own; a list that the gateway itself pages
 * through mints them here. A cursor is opaque, and good for the list that gave it out and for no other.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { HttpProblem } from './http-problem';

/** Room for the longest key that an index of PostgreSQL takes, and well inside the longest address that is read. */
const plausible = /^[A-Za-z0-9_-]{1,8192}$/;
const mark = { bytes: 9 } as const;
const longestPlace = 1024 * 1024;

/** What a query says of where to go on; null for the first page. */
export function cursorIn(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!plausible.test(text)) throw cursorInvalid();
  return text;
}

/** `list` says which list this is, filters and all. The place is packed: a key may be long, an address may not. */
export function cursorOf(list: readonly string[], place: string): string {
  return Buffer.concat([markOf(list, place), deflateRawSync(place)]).toString('base64url');
}

/**
 * The place that the cursor was made of. The mark keeps lists apart and slips out; it is no secret, so a place that only
 * some texts can be is checked against their shape.
 *
 * @throws HttpProblem CURSOR_INVALID for what this list never gave out
 */
export function placeIn(list: readonly string[], cursor: string, shape = /^/): string {
  const bytes = Buffer.from(cursor, 'base64url');
  const place = unpacked(bytes.subarray(mark.bytes));
  const own = place !== null && markOf(list, place).equals(bytes.subarray(0, mark.bytes));
  if (!own || !shape.test(place) || bytes.toString('base64url') !== cursor) throw cursorInvalid();
  return place;
}

export function cursorInvalid(): HttpProblem {
  const errors = [{ path: 'cursor', message: 'is not one that this list gave out' }];
  return new HttpProblem('CURSOR_INVALID', 'The cursor is none that this list gave out.', { errors });
}

function markOf(list: readonly string[], place: string): Buffer {
  const text = JSON.stringify([...list, place]);
  return createHash('sha256').update(text, 'utf8').digest().subarray(0, mark.bytes);
}

function unpacked(bytes: Buffer): string | null {
  try {
    return inflateRawSync(bytes, { maxOutputLength: longestPlace }).toString('utf8');
  } catch {
    return null;
  }
}
