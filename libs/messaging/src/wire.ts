import { MessageFault, type Problem } from './port';
import { problemCodes, problemOf, readProblem } from './problem';

/**
 * What crosses: JSON text. A question or a nudge is its JSON, `undefined` the empty text; an answer stands in an
 * envelope. Whatever JSON changes (a Date becomes its text, an undefined member goes) is changed on every transport.
 */

/** As NATS has it by default. A question, nudge or answer whose JSON is longer is refused before it is sent. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** @throws MessageFault NOT_JSON, TOO_LARGE */
export function encodeMessage(message: unknown, limit: number): string {
  return checkSize(message === undefined ? '' : toJson(message), limit);
}

/** @throws SyntaxError */
export function decodeMessage(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

/** @throws MessageFault NOT_JSON, TOO_LARGE */
export function encodeAnswer(answer: unknown, limit: number): string {
  return checkSize(toJson({ answer }), limit);
}

export function encodeProblem(problem: Problem): string {
  return JSON.stringify({ problem });
}

/** @throws MessageFault REJECTED with the problem that came instead of an answer; with ANSWER_INVALID if neither came. */
export function decodeAnswer(subject: string, text: string): unknown {
  const envelope = readEnvelope(text);
  const problem = envelope === undefined ? strangeAnswer : readProblem(envelope['problem']);
  if (problem === undefined) return envelope?.['answer'];
  throw new MessageFault('REJECTED', `${subject}: ${problem.detail}`, { problem });
}

const strangeAnswer = problemOf(problemCodes.answerInvalid, 'What came is no answer of a service of ours.');

/** `{}` is the answer undefined; anything but an answer and a problem was written by a stranger. */
function readEnvelope(text: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read !== 'object' || read === null || Array.isArray(read)) return undefined;
    const envelope: Record<string, unknown> = { ...read };
    const known = Object.keys(envelope).every((key) => key === 'answer' || key === 'problem');
    const readable = envelope['problem'] === undefined || readProblem(envelope['problem']) !== undefined;
    return known && readable ? envelope : undefined;
  } catch {
    return undefined;
  }
}

function toJson(value: unknown): string {
  try {
    const text: unknown = JSON.stringify(value);
    if (typeof text === 'string') return text;
  } catch (cause) {
    throw new MessageFault('NOT_JSON', `JSON cannot carry this message: ${reasonOf(cause)}`, { cause });
  }
  throw new MessageFault('NOT_JSON', `JSON cannot carry a ${typeof value}`);
}

function checkSize(text: string, limit: number): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= limit) return text;
  throw new MessageFault('TOO_LARGE', `The message has ${bytes} bytes; ${limit} are allowed`);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : 'it cannot be serialized';
}
