export const ROLES_KNOWN = ['administrator', 'viewer'] as const;

/** `administrator` may do everything; `viewer` sees who it is, which sources there are, and how they stand. */
export type Role = (typeof ROLES_KNOWN)[number];

export interface User {
  readonly name: string;
  readonly roles: readonly Role[];
}

export interface Account extends User {
  /** RFC 3339 in UTC. */
  readonly createdAt: string;
}

/** Where the administrator's password comes from at the first start. */
export type FirstPassword =
  | { readonly password: string }
  /**
   * Asked for only when there is no administrator yet, and before the account is made: whoever keeps the password in a
   * file keeps it first, and answers with the kept one when asked again after a crash.
   */
  | { readonly generate: () => Promise<string> };

/** Why a change of accounts was not made. */
export type AccountRefusal = 'taken' | 'unknown' | 'last-administrator';

/** Who may sign in, and the key that their sessions are signed with. */
export interface Accounts {
  /** The account, or null when name or password is wrong: both cost the same time. */
  authenticate(name: string, password: string): Promise<User | null>;
  /**
   * Makes the account `administrator` unless somebody is an administrator already; an existing one keeps its password.
   * Any number may ask at once.
   */
  ensureAdministrator(first: FirstPassword): Promise<{ readonly created: boolean }>;
  /** Up to `limit` accounts after the name, by name. */
  list(page: { readonly after: string | null; readonly limit: number }): Promise<readonly Account[]>;
  find(name: string): Promise<Account | null>;
  create(account: User & { readonly password: string }): Promise<Account | AccountRefusal>;
  /** A new password, or other roles, ends all sessions of the account. */
  change(name: string, to: AccountChange): Promise<Account | AccountRefusal>;
  /** Its sessions end with it. The last administrator stays. */
  remove(name: string): Promise<AccountRefusal | null>;
  /** 256 bits, made once per installation, the same for every replica. */
  signingKey(): Promise<Uint8Array>;
}

export interface AccountChange {
  readonly password?: string;
  readonly roles?: readonly Role[];
}

export const ADMINISTRATOR = 'administrator';

export function isRole(role: unknown): role is Role {
  return ROLES_KNOWN.some((known) => known === role);
}
