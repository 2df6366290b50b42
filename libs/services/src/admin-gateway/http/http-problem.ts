import { statusOf } from './problem-codes';
import { problemDocument, type FieldError, type ProblemDocument } from './problem-document';

export interface HttpProblemOptions {
  /** Default: what the table says of the code. */
  readonly status?: number;
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Kept for the log; never in the answer. */
  readonly cause?: unknown;
}

/** How long a client is asked to wait when something may work later, in seconds. */
export const RETRY_AFTER_SECONDS = 5;

/** A refusal, ready to be answered. `detail` is one sentence for the person who has to act; it holds no secret. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly code: string;
  readonly status: number;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, detail: string, options: HttpProblemOptions = {}) {
    super(detail, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? statusOf(code);
    this.errors = options.errors ?? [];
    const retry = this.status === 503 ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {};
    this.headers = { ...retry, ...options.headers };
  }
}

/** What is answered of it, at the path that was asked for. */
export function documentOfProblem(problem: HttpProblem, instance: string): ProblemDocument {
  const { code, status, errors, message: detail } = problem;
  return problemDocument({ code, status, errors, detail, instance });
}

/** A shape that cannot be read: 400 with the places. */
export function malformed(errors: readonly FieldError[], code = 'REQUEST_INVALID'): HttpProblem {
  const [first] = errors;
  const where = first === undefined ? '' : `: ${first.path === '' ? '' : `${first.path} `}${first.message}`;
  return new HttpProblem(code, `The request has not the shape that is asked for${where}.`, { errors });
}
