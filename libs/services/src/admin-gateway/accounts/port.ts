export type Role = 'administrator';

export interface User {
  readonly name: string;
  readonly roles: readonly Role[];
}

/** Where the administrator's password comes from at the first start. */
export type FirstPassword =
  | { readonly password: string }
  /**
   * Asked for only when there is no administrator yet, and before the account is made: whoever keeps the password in a
   * file keeps it first, and answers with the kept one when asked again after a crash.
   */
  | { readonly generate: () => Promise<string> };

/** Who may sign in, and the key that their sessions are signed with. */
export interface Accounts {
  /** The account, or null when name or password is wrong: both cost the same time. */
  authenticate(name: string, password: string): Promise<User | null>;
  /** Makes the account `administrator` unless it is there; an existing one keeps its password. Any number may ask at once. */
  ensureAdministrator(first: FirstPassword): Promise<{ readonly created: boolean }>;
  /** 256 bits, made once per installation, the same for every replica. */
  signingKey(): Promise<Uint8Array>;
}

export const ADMINISTRATOR = 'administrator';
