import { HttpException } from '@nestjs/common';
import { EventLogFault } from '@daymark/event-log';
import { MessageFault, type Problem } from '@daymark/messaging';
import { HttpProblem } from './http-problem';
import { statusOf } from './problem-codes';

/** Every error that can reach the edge, as the one shape that leaves it. What is not understood becomes INTERNAL. */
export function toProblem(thrown: unknown): HttpProblem {
  if (thrown instanceof HttpProblem) return thrown;
  if (thrown instanceof MessageFault) return ofMessage(thrown);
  if (thrown instanceof EventLogFault) return ofLog(thrown);
  if (thrown instanceof Error && thrown.name === 'ViewFault') {
    return ofViews(thrown);
  }
  if (thrown instanceof Error && thrown.name === 'ElementsFault') return ofTarget(thrown);
  if (thrown instanceof HttpException) return ofStatus(thrown.getStatus(), thrown);
  if (isDatabaseAway(thrown)) {
    return new HttpProblem('DATABASE_UNAVAILABLE', 'The database does not answer.', { cause: thrown });
  }
  return ofStatus(statusIn(thrown), thrown);
}

/** Known by its name and code: the class may be another copy's. */
function ofViews(fault: Error): HttpProblem {
  return 'code' in fault && fault.code === 'VIEWS_REBUILDING'
    ? new HttpProblem('VIEWS_REBUILDING', 'What is shown is being built from the event log; ask again soon.')
    : new HttpProblem('CURSOR_INVALID', 'The cursor is none that this list gave out.');
}

function ofMessage(fault: MessageFault): HttpProblem {
  if (fault.code === 'REJECTED' && fault.problem !== undefined) return ofRejection(fault.problem, fault);
  const detail =
    fault.code === 'TIMEOUT'
      ? 'The service did not answer in time; whether the command took effect is unknown.'
      : 'The service that answers this is not in reach.';
  const code = fault.code === 'REJECTED' ? 'INTERNAL' : fault.code;
  return code === 'INTERNAL' || statusOf(code) === 500
    ? internal(fault)
    : new HttpProblem(code, detail, { cause: fault });
}

function ofRejection(problem: Problem, cause: unknown): HttpProblem {
  const status = statusOf(problem.code, problem.retryable);
  if (status >= 500 && status !== 503) return internal(cause);
  return new HttpProblem(problem.code, problem.detail, {
    status,
    cause,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  });
}

function ofLog(fault: EventLogFault): HttpProblem {
  if (fault.code === 'POSITION_INVALID') {
    return new HttpProblem('POSITION_INVALID', 'This is not a position of the event log.');
  }
  const away = fault.retryable || fault.code === 'LOG_CLOSED' || fault.code === 'LOG_UNAVAILABLE';
  return away
    ? new HttpProblem('LOG_UNAVAILABLE', 'The event log does not answer.', { cause: fault })
    : internal(fault);
}

function ofTarget(fault: Error): HttpProblem {
  const away = 'code' in fault && fault.code === 'TARGET_UNAVAILABLE';
  return away
    ? new HttpProblem('TARGET_UNAVAILABLE', 'The copy cannot be read for now.', { cause: fault })
    : internal(fault);
}

const bodies: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  404: ['ROUTE_UNKNOWN', 'There is nothing at this address.'],
  413: ['BODY_TOO_LARGE', 'The body is larger than 256 KB.'],
  415: ['CONTENT_TYPE_UNSUPPORTED', 'The body must be JSON in UTF-8: content-type application/json.'],
};

/** What Express and its body parser say. Their own words stay inside: they quote the input. */
function ofStatus(status: number, cause: unknown): HttpProblem {
  if (status < 400 || status >= 500) return internal(cause);
  const [code, detail] = bodies[status] ?? ['REQUEST_INVALID', 'The request cannot be read.'];
  return new HttpProblem(code, detail, { cause });
}

function statusIn(thrown: unknown): number {
  if (thrown instanceof URIError) return 400;
  if (typeof thrown !== 'object' || thrown === null || !('status' in thrown)) return 500;
  return typeof thrown.status === 'number' ? thrown.status : 500;
}

function internal(cause: unknown): HttpProblem {
  return new HttpProblem('INTERNAL', 'Something broke here; the log tells more under the correlation id.', {
    cause,
  });
}

const networkCodes = /^(ECONN|EPIPE$|ETIMEDOUT$|ENOTFOUND$|EAI_AGAIN$)/;
/** SQLSTATE classes: connection exception, insufficient resources, operator intervention. */
const databaseCodes = /^(08|53|57P)[0-9A-Z]+$/;

function isDatabaseAway(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (networkCodes.test(code) || databaseCodes.test(code)) return true;
  return /^Connection terminated|timeout exceeded when trying to connect/.test(thrown.message);
}
