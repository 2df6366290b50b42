import { statusOf } from './problem-codes';

export interface FieldError {
  /** Where in the request: `connector.day.column`. Empty for the whole of it. */
  readonly path: string;
  readonly message: string;
}

/** `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly instance: string;
  readonly errors: readonly FieldError[];
}

export interface ProblemFacts {
  readonly code: string;
  readonly detail: string;
  readonly instance: string;
  readonly status?: number;
  readonly errors?: readonly FieldError[];
}

export function problemDocument(facts: ProblemFacts): ProblemDocument {
  return {
    type: `/api/docs/errors#${facts.code}`,
    title: titleOf(facts.code),
    status: facts.status ?? statusOf(facts.code),
    detail: facts.detail,
    code: facts.code,
    instance: facts.instance,
    errors: facts.errors ?? [],
  };
}

/** `SOURCE_NAME_TAKEN` reads as "Source name taken". */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
