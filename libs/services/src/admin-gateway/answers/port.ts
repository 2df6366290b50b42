/** What was answered to a request that named an idempotency key. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for an answer without a body. */
  readonly body: unknown;
}

export interface Claim {
  readonly account: string;
  readonly key: string;
  /** The same for the same request, another for any other. */
  readonly fingerprint: string;
  /** Names this try. */
  readonly claim: string;
  /** RFC 3339 in UTC. */
  readonly at: string;
}

export type Claimed =
  /** This try is the one to carry the request out. */
  | { readonly kind: 'claimed' }
  | { readonly kind: 'answered'; readonly answer: KeptAnswer }
  /** The key stands for another request. */
  | { readonly kind: 'other' }
  | { readonly kind: 'in-flight' };

/** How long a key is remembered, in milliseconds. */
export const KEY_LIFE_MS = 24 * 60 * 60 * 1000;

/** A try that has not answered after this long died, in milliseconds: longer than any request may take. */
export const CLAIM_LIFE_MS = 60 * 1000;

/** Answers by (account, idempotency key), the same for all replicas, for a day. */
export interface KeptAnswers {
  claim(claim: Claim): Promise<Claimed>;
  keep(claim: Claim, answer: KeptAnswer): Promise<void>;
  /** Nothing took effect: the key is free again. */
  release(claim: Claim): Promise<void>;
}
