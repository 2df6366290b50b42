import type { Request } from 'express';
import { malformed } from './http-problem';

const wellFormed = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` header: 1 to 255 visible ASCII characters. Undefined when there is none. */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.get('idempotency-key');
  if (key === undefined || wellFormed.test(key)) return key;
  const message = 'is not 1 to 255 visible ASCII characters';
  throw malformed([{ path: 'Idempotency-Key', message }], 'IDEMPOTENCY_KEY_INVALID');
}
