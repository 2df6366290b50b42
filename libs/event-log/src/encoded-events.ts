import { EventLogFault, MAX_APPEND_BYTES, type Json, type NewEvent } from './port';

/** An event as an adapter stores it: checked, and its JSON as text. */
export interface EncodedEvent {
  /** In lower case, as every log gives it back. */
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** UTF-8 bytes of id, type, data and metadata together. */
  readonly bytes: number;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Logs keep names that begin with `$` for themselves. */
const eventType = /^[A-Za-z][A-Za-z0-9._-]{0,199}$/;

/** JSON nested deeper than this exhausts the stack of some log or other; a fault here fails one append, there many. */
const maxDepth = 200;

/**
 * Checks an append before anything is sent, so that one bad append cannot fail the others that travel with it, and
 * encodes it. What JSON would change in silence (undefined, NaN, a Date) is refused.
 *
 * @throws EventLogFault EVENT_INVALID, EVENT_TOO_LARGE
 */
export function encodeEvents(events: readonly NewEvent[]): readonly EncodedEvent[] {
  if (events.length === 0) {
    throw new EventLogFault('EVENT_INVALID', 'an append needs at least one event');
  }
  const encoded = events.map(encodeEvent);
  if (new Set(encoded.map((event) => event.id)).size < encoded.length) {
    throw new EventLogFault('EVENT_INVALID', 'the same event id twice in one append');
  }
  const bytes = bytesOf(encoded);
  if (bytes > MAX_APPEND_BYTES) {
    throw new EventLogFault(
      'EVENT_TOO_LARGE',
      `${bytes} bytes in one append, at most ${MAX_APPEND_BYTES} are allowed`,
    );
  }
  return encoded;
}

export function bytesOf(events: readonly EncodedEvent[]): number {
  return events.reduce((sum, event) => sum + event.bytes, 0);
}

function encodeEvent(event: NewEvent): EncodedEvent {
  const id = event.id.toLowerCase();
  if (!uuid.test(id)) {
    throw new EventLogFault('EVENT_INVALID', `event id "${id}" is not a UUID`);
  }
  if (!eventType.test(event.type)) {
    throw new EventLogFault('EVENT_INVALID', `"${event.type}" is not an event type`);
  }
  const data = encodeJson(event.data, `${event.type}.data`);
  const metadata = encodeJson(event.metadata, `${event.type}.metadata`);
  const bytes = [id, event.type, data, metadata].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  return { id, type: event.type, data, metadata, bytes };
}

function encodeJson(value: Json, path: string): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new EventLogFault('EVENT_INVALID', `${path} is not a JSON object`);
  }
  requireJson(value, path, 0);
  return JSON.stringify(value);
}

function requireJson(value: unknown, path: string, depth: number): void {
  if (isScalar(value)) {
    return;
  }
  if (typeof value !== 'object' || value === null || depth >= maxDepth) {
    throw new EventLogFault('EVENT_INVALID', `${path} cannot be carried by JSON`);
  }
  for (const [key, member] of membersOf(value, path)) {
    requireJson(member, `${path}.${key}`, depth + 1);
  }
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** Of arrays also the holes, which JSON would fill in silence. */
function membersOf(value: object, path: string): readonly (readonly [string, unknown])[] {
  if (Array.isArray(value)) {
    return Array.from(value, (member: unknown, index) => [String(index), member] as const);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new EventLogFault('EVENT_INVALID', `${path} is not a plain object`);
  }
  return Object.entries(value);
}
