import type { MessageKind } from '../delivery';
import { checkSubject, NUDGE_TOKEN } from '../subjects';

/**
 * Where questions and nudges travel on the server: `<namespace>.<subject>` and `<namespace>.nudge.<subject>`. Two
 * places, so that a listener to nudges is never taken for one who answers and "nobody answers" can be told at once.
 * Works for patterns as well.
 */
export function wireSubject(namespace: string, kind: MessageKind, subject: string): string {
  return kind === 'question' ? `${namespace}.${subject}` : `${namespace}.${NUDGE_TOKEN}.${subject}`;
}

/** The subject within what came; undefined when it is none of that kind. */
export function subjectOf(namespace: string, kind: MessageKind, wire: string): string | undefined {
  const nudges = `${namespace}.${NUDGE_TOKEN}.`;
  const isNudge = wire.startsWith(nudges);
  if (kind === 'event') return isNudge ? wire.slice(nudges.length) : undefined;
  return isNudge ? undefined : wire.slice(namespace.length + 1);
}

/** @throws TypeError */
export function checkNamespace(namespace: string): void {
  checkSubject(namespace);
}
