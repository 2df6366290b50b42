import { v5 } from 'uuid';

/** Namespace of every id that Daymark derives: fixed for ever, a retry must find the same id. */
const DAYMARK = '5b1f2c0e-6a57-5c3f-9d39-3a0d6a1c8e01';

/**
 * Ids are deterministic, so that a retry appends the same ids: a run id from (account, source, idempotency key); event
 * ids from (command id, index) or (run, day, type).
 */
export function derivedId(...parts: readonly (string | number)[]): string {
  return v5(JSON.stringify(parts), DAYMARK);
}
