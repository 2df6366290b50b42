/** What went wrong at the target, by name. */
export type ElementsFaultCode =
  /** Another holder took the source over: nothing was committed, and nothing will be. */
  | 'RUN_FENCED'
  /** The target cannot be reached, is full, or gave up for now. */
  | 'TARGET_UNAVAILABLE'
  /** The copy of a day does not add up to what the source held in the same snapshot. */
  | 'DAY_DIGEST_MISMATCH'
  /** A record of the day cannot be stored exactly. */
  | 'DAY_ROW_REFUSED'
  /** The day turned empty, or lost more than max(50, 10 %) of what the copy holds. */
  | 'DAY_SHRANK'
  /** Two elements of one day have the same key. */
  | 'SOURCE_KEYS_NOT_UNIQUE'
  | 'SOURCE_KEY_NULL'
  | 'TARGET_FAILED';

/** Never thrown for a fault of the source: a `SourceFault` passes through as it is. */
export class ElementsFault extends Error {
  override readonly name = 'ElementsFault';
  readonly code: ElementsFaultCode;

  constructor(code: ElementsFaultCode, message: string, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
  }

  /** True for what may pass by itself: the run backs off and goes on. */
  get retryable(): boolean {
    return this.code === 'TARGET_UNAVAILABLE';
  }
}

const transientClasses = ['08', '53', '57P', '57014', '40', '55P03', '58', '25P03', '25P04'];
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** True for an error that PostgreSQL itself answered with. */
export function isAnswer(error: unknown): boolean {
  return /^[0-9A-Z]{5}$/.test(codeOf(error)) && !networkCodes.has(codeOf(error));
}

/** The SQLSTATE or network code of an error, or an empty text. */
export function sqlState(error: unknown): string {
  return codeOf(error);
}

/** Names what the target's driver threw. Faults that have a name already pass. */
export function targetFault(error: unknown): ElementsFault {
  if (error instanceof ElementsFault) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const lost =
    /Connection terminated|Client has encountered a connection error|timeout expired|not queryable/.test(
      message,
    );
  if (lost || networkCodes.has(code) || transientClasses.some((known) => code.startsWith(known))) {
    return new ElementsFault('TARGET_UNAVAILABLE', `The target cannot be used for now: ${message}.`, {
      cause: error,
    });
  }
  return new ElementsFault('TARGET_FAILED', `The target refused: ${message}.`, { cause: error });
}
