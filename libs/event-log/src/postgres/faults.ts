import { DatabaseError } from 'pg';
import { EventLogFault } from '../port';

/** Classes of SQLSTATE that come again however often one asks: wrong data, wrong SQL or rights, what cannot be done. */
const lastingClasses = new Set(['0A', '22', '42']);

/** Whatever broke between us and the server, as the one fault that the port knows for it. */
export function unavailable(cause: unknown): EventLogFault {
  if (cause instanceof EventLogFault) {
    return cause;
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new EventLogFault('LOG_UNAVAILABLE', `the event log's database failed: ${reason}`, {
    retryable: !isStatementFault(cause),
    cause,
  });
}

/** True when the server refused this very statement: another one may pass on the same connection. */
export function isStatementFault(cause: unknown): boolean {
  return cause instanceof DatabaseError && lastingClasses.has((cause.code ?? '').slice(0, 2));
}
