import { RpcException } from '@nestjs/microservices';
import type { Problem } from './port';

/** What services say of themselves, whatever the question. Every other code belongs to a handler. */
export const problemCodes = {
  /** The handler broke. The cause stays with the service that broke. */
  internal: 'INTERNAL',
  /** A guard said no. */
  forbidden: 'FORBIDDEN',
  /** The question has not the shape that the handler declares; `errors` say where. */
  questionInvalid: 'QUESTION_INVALID',
  /** The question is no JSON. */
  questionMalformed: 'QUESTION_MALFORMED',
  /** The handler's answer cannot be sent: no JSON, or too large. */
  answerInvalid: 'ANSWER_INVALID',
  /** As many questions wait as may wait. */
  overloaded: 'OVERLOADED',
  /** The service stopped before it answered. */
  stopped: 'STOPPED',
} as const;

interface ProblemOptions {
  /** Default: false. */
  readonly retryable?: boolean;
  readonly errors?: Problem['errors'];
}

/** What a handler throws to answer *no*: it arrives at the asker as `MessageFault` REJECTED with this problem. */
export function problem(code: string, detail: string, options: ProblemOptions = {}): RpcException {
  return new RpcException(problemOf(code, detail, options));
}

export function problemOf(code: string, detail: string, options: ProblemOptions = {}): Problem {
  const { retryable = false, errors } = options;
  return errors === undefined ? { code, detail, retryable } : { code, detail, retryable, errors };
}

export const internalProblem: Problem = problemOf(
  problemCodes.internal,
  'The service failed while it worked on this question; the cause is in its log.',
);

/**
 * The problem in what a handler threw (an `RpcException` or what it holds), with nothing but a problem's own fields.
 * Undefined when it is none: then the handler broke.
 */
export function readProblem(thrown: unknown): Problem | undefined {
  const said = thrown instanceof RpcException ? thrown.getError() : thrown;
  if (saysForbidden(said))
    return problemOf(problemCodes.forbidden, 'The service does not allow this question.');
  if (!isRecord(said) || said instanceof Error) return undefined;
  const { code, detail, retryable } = said;
  if (typeof code !== 'string' || code === '') return undefined;
  const errors = readErrors(said['errors']);
  return problemOf(code, typeof detail === 'string' ? detail : code, {
    retryable: retryable === true,
    ...(errors === undefined ? {} : { errors }),
  });
}

/** Nest's own words when a guard answers false; it leaves no other mark. */
function saysForbidden(said: unknown): boolean {
  return (isRecord(said) ? said['message'] : said) === 'Forbidden resource';
}

function readErrors(value: unknown): Problem['errors'] {
  if (!Array.isArray(value)) return undefined;
  return value
    .filter(isRecord)
    .map(({ path, message }) => ({ path: textOf(path), message: textOf(message) }));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
