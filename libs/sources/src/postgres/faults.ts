import { DatabaseError } from 'pg';
import { SourceFault } from '../port';
import type { SourceFaultCode } from '../port';

interface Verdict {
  readonly code: SourceFaultCode;
  readonly retryable: boolean;
  readonly words: string;
  readonly path?: string;
}

const unreachable = (words: string): Verdict => ({ code: 'SOURCE_UNREACHABLE', retryable: true, words });
const passing = (words: string): Verdict => ({ code: 'SOURCE_FAILED', retryable: true, words });

const BY_STATE: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  [
    '28P01',
    { code: 'SOURCE_AUTHENTICATION_FAILED', retryable: false, words: 'The source refused role or password' },
  ],
  ['28000', { code: 'SOURCE_AUTHENTICATION_FAILED', retryable: false, words: 'The source refused the role' }],
  [
    '3D000',
    { code: 'SOURCE_DATABASE_UNKNOWN', retryable: false, words: 'No such database', path: 'connector.url' },
  ],
  ['42501', { code: 'SOURCE_PERMISSION_DENIED', retryable: false, words: 'The role may not read this' }],
  [
    '42P01',
    { code: 'SOURCE_TABLE_UNKNOWN', retryable: false, words: 'No such table', path: 'connector.table' },
  ],
  [
    '3F000',
    { code: 'SOURCE_TABLE_UNKNOWN', retryable: false, words: 'No such schema', path: 'connector.table' },
  ],
  ['42703', { code: 'SOURCE_COLUMN_UNKNOWN', retryable: false, words: 'No such column' }],
  ['55P03', passing('Somebody holds a lock on the table')],
  ['57014', passing('The source cancelled the query')],
]);

/** By SQLSTATE class: what passes by itself. */
const BY_CLASS: ReadonlyMap<string, Verdict> = new Map<string, Verdict>([
  ['08', unreachable('The connection to the source failed')],
  ['25', passing('The source ended the transaction')],
  ['40', passing('The source rolled the snapshot back')],
  ['53', unreachable('The source is short of resources')],
  ['57', unreachable('The source is stopping, starting or ended the connection')],
  ['58', passing('The source had a system error')],
]);

const UNKNOWN: Verdict = { code: 'SOURCE_FAILED', retryable: false, words: 'The source failed' };

/**
 * Rows hidden by a policy come as 42501, as every other refusal does, and the message's language is the server's own:
 * the routine that raised it tells them apart.
 */
const ofDatabase = (error: DatabaseError): SourceFault => {
  const state = error.code ?? '';
  if (state === '42501' && error.routine === 'check_enable_rls') {
    return rowsHidden(error);
  }
  const verdict = BY_STATE.get(state) ?? BY_CLASS.get(state.slice(0, 2)) ?? UNKNOWN;
  return new SourceFault(verdict.code, `${verdict.words}: ${error.message} (${state}).`, {
    retryable: verdict.retryable,
    cause: error,
    ...(verdict.path === undefined ? {} : { path: verdict.path }),
  });
};

export const rowsHidden = (cause?: unknown): SourceFault =>
  new SourceFault(
    'SOURCE_ROWS_HIDDEN',
    'A row security policy hides rows of this table from the role: a copy would be incomplete without saying so.',
    { path: 'connector.table', cause },
  );

/** Certificates and protocol do not mend themselves; everything else that breaks a connection may. */
const isLasting = (error: Error): boolean => {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code);
};

/** `pg` reports a missing password and a failed handshake by plain errors that begin with the mechanism's name. */
const isHandshake = (error: Error): boolean => error.message.startsWith('SASL');

/**
 * Names what `pg` or the server threw. The message holds the server's own words and never the URL or the password.
 */
export const toFault = (error: unknown): SourceFault => {
  if (error instanceof SourceFault) {
    return error;
  }
  if (error instanceof DatabaseError) {
    return ofDatabase(error);
  }
  const cause = error instanceof Error ? error : new Error(String(error));
  if (isHandshake(cause)) {
    const words = 'The source asks for a password and the one given is none or does not fit.';
    return new SourceFault('SOURCE_AUTHENTICATION_FAILED', words, { cause });
  }
  const words = `The source cannot be reached: ${cause.message}.`;
  return new SourceFault('SOURCE_UNREACHABLE', words, { retryable: !isLasting(cause), cause });
};

export const sessionClosed = (cause?: unknown): SourceFault =>
  new SourceFault('SOURCE_SESSION_CLOSED', 'This snapshot session is closed.', { cause });
