/**
 * Subjects as NATS reads them: tokens joined by dots. A pattern may hold `*` (exactly one token) and end with `>`
 * (one token or more).
 */

const token = /^[^\s.*>]+$/;

/** The first token that no subject of ours may have: a broker needs it to keep nudges apart from questions. */
export const NUDGE_TOKEN = 'nudge';

/** @throws TypeError when questions and nudges cannot be sent there: empty tokens, blanks, wildcards, `nudge` first. */
export function checkSubject(subject: string): void {
  const parts = subject.split('.');
  if (parts[0] === NUDGE_TOKEN || !parts.every((part) => token.test(part)))
    throw new TypeError(`"${subject}" is no subject`);
}

/** @throws TypeError when nobody could listen to it: empty tokens, blanks, `>` before the end, `nudge` first. */
export function checkPattern(pattern: string): void {
  const parts = pattern.split('.');
  const last = parts.length - 1;
  const legal = parts.every((part, i) => part === '*' || (part === '>' && i === last) || token.test(part));
  if (!legal || parts[0] === NUDGE_TOKEN) throw new TypeError(`"${pattern}" is no pattern of subjects`);
}

export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const given = subject.split('.');
  if (wanted.at(-1) === '>') {
    return given.length >= wanted.length && fits(wanted.slice(0, -1), given);
  }
  return given.length === wanted.length && fits(wanted, given);
}

function fits(wanted: readonly string[], given: readonly string[]): boolean {
  return wanted.every((part, i) => part === '*' || part === given[i]);
}

/** Sorts the pattern that says most first: token by token, a name before `*` before `>`. */
export function bySpecificity(a: string, b: string): number {
  const left = rank(a);
  const right = rank(b);
  return left < right ? -1 : Number(left > right);
}

function rank(pattern: string): string {
  return pattern
    .split('.')
    .map((part) => (part === '>' ? '2' : part === '*' ? '1' : '0'))
    .join('');
}
