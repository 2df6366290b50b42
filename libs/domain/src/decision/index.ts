/** What a decider answers: it never throws for a business no. */
export type Decision<Event> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  /** Nothing to do, and that is fine: already so, or repeated. */
  | { readonly kind: 'ignored'; readonly reason: string }
  | Rejected;

export interface Rejected {
  readonly kind: 'rejected';
  readonly code: string;
  /** One sentence for the person who has to act. */
  readonly detail: string;
  readonly path?: string;
}

export function accepted<Event>(...events: readonly Event[]): Decision<Event> {
  return { kind: 'accepted', events };
}

export function ignored(reason: string): { readonly kind: 'ignored'; readonly reason: string } {
  return { kind: 'ignored', reason };
}

export function rejected(code: string, detail: string, path?: string): Rejected {
  return { kind: 'rejected', code, detail, ...(path === undefined ? {} : { path }) };
}
