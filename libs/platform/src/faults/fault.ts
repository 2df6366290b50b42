import type { FaultCode } from './codes';

export interface FaultOptions {
  readonly cause?: unknown;
  /** Whether the same attempt may succeed later without anybody changing anything. Default: no. */
  readonly retryable?: boolean;
}

/**
 * Something broke (as opposed to a rejection, which is an answer). The message is for people and never holds a secret;
 * the code is for programs.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly retryable: boolean;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'Fault';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Whether an error is a fault with this code. */
export const isFault = (error: unknown, code: FaultCode): error is Fault =>
  error instanceof Fault && error.code === code;
