import type { User } from '../accounts/port';

/** Who is signed in, as far as a request or a stream is concerned. */
export interface Session {
  /** Null for a token that an external issuer gave: it ends by its time alone. */
  readonly id: string | null;
  readonly user: User;
  /** RFC 3339 in UTC. */
  readonly expiresAt: string;
}

/** What is kept of one session of a local account. */
export interface KeptSession {
  readonly id: string;
  readonly user: User;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/** Sessions of local accounts: whatever is not kept here is no session, however well its token is signed. */
export interface Sessions {
  /** An id that is alive already is answered as it stands: a sign-in that is repeated gives the same session. */
  open(session: { id: string; account: string; at: string; until: string }): Promise<KeptSession>;
  /** With the roles that the account has now; null when it ended, expired, or its account is gone. */
  find(id: string, at: string): Promise<KeptSession | null>;
  /** Those of the ids that are alive, with the roles of now. */
  living(ids: readonly string[], at: string): Promise<readonly KeptSession[]>;
  extend(id: string, until: string): Promise<void>;
  end(id: string): Promise<void>;
}

/** Attempts to sign in, counted for all replicas together. */
export interface Attempts {
  /** What is counted of whoever it is. */
  look(who: string): Promise<Counted | null>;
  /** Keeps a new count, unless another was kept since `seen` was looked at: then false. */
  keep(who: string, seen: number, now: Counted): Promise<boolean>;
  forget(who: readonly string[]): Promise<void>;
  /** Drops what nobody touched since. */
  sweep(before: string): Promise<void>;
}

export interface Counted {
  /** In a row without success. */
  readonly count: number;
  /** RFC 3339 in UTC. */
  readonly lastAt: string;
}
