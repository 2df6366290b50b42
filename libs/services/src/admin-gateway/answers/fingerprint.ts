import { createHash } from 'node:crypto';
import { slowHash } from '../accounts/passwords';

/**
 * One text for one request: the same however the fields of its body are ordered. A body that holds a password is hashed
 * as slowly as the password itself, so that what is kept helps nobody to guess it.
 */
export async function fingerprintOf(request: { path: string; body: unknown }, salt: string): Promise<string> {
  const text = JSON.stringify([request.path, canonical(request.body ?? null)]);
  const holdsPassword =
    typeof request.body === 'object' && request.body !== null && 'password' in request.body;
  if (holdsPassword) return slowHash(text, createHash('sha256').update(salt).digest().subarray(0, 16));
  return createHash('sha256').update(text).digest('base64url');
}

/** Bodies are at most 32 levels deep by now. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return fields.map(([name, field]) => [name, canonical(field)]);
}
