import type { Position } from '@daymark/event-log';
import { malformed } from './http-problem';

/** The log's own word for its beginning is none. */
const plausible = /^(?!start$)[A-Za-z0-9_:.-]{1,128}$/;

/** Only the log itself knows its positions; what cannot be one is not even asked for. */
export function positionIn(value: unknown, path: string): Position {
  if (typeof value === 'string' && plausible.test(value)) return value as Position;
  throw malformed([{ path, message: 'is not a position of the event log' }], 'POSITION_INVALID');
}
