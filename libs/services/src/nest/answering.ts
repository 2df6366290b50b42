import { ElementsFault } from '@daymark/elements';
import { EventLogFault } from '@daymark/event-log';
import { problem } from '@daymark/messaging';
import { SourceFault } from '@daymark/sources';
import type { Rejected } from '@daymark/domain/decision';

/** A handler's answer, or the rule's no. */
export type Answer<Value> = { readonly kind: 'answer'; readonly value: Value } | Rejected;

/** Gives a handler's answer; a no and a named fault cross the wire as a problem, anything else as a broken handler. */
export async function answering<Value>(work: Promise<Answer<Value>>): Promise<Value> {
  const answer = await work.catch((fault: unknown) => {
    throw named(fault) ?? fault;
  });
  if (answer.kind === 'answer') return answer.value;
  const { code, detail, path } = answer;
  throw problem(code, detail, path === undefined ? {} : { errors: [{ path, message: detail }] });
}

function named(fault: unknown) {
  if (fault instanceof SourceFault) {
    const errors = fault.path === undefined ? {} : { errors: [{ path: fault.path, message: fault.message }] };
    return problem(fault.code, fault.message, { retryable: fault.retryable, ...errors });
  }
  if (fault instanceof ElementsFault || fault instanceof EventLogFault) {
    return problem(fault.code, fault.message, { retryable: fault.retryable });
  }
  return undefined;
}
