import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { hashPassword, passwordMatches } from './passwords';
import { ADMINISTRATOR, type Accounts, type FirstPassword, type Role, type User } from './port';
import { migrateAccounts, quotedSchema } from './schema';

export interface PostgresAccountsOptions {
  /** The caller's: it listens to 'error' and ends the pool. */
  readonly pool: Pool;
  /** Schema of the operational tables, `[a-z_][a-z0-9_]*`. */
  readonly schema: string;
}

interface AccountRow {
  readonly password: string;
  readonly roles: readonly string[];
}

/**
 * Accounts in the operational schema; its tables are made on the way.
 *
 * @throws RangeError for an impossible schema name, and whatever pg throws while the database is not in reach.
 */
export async function createPostgresAccounts(options: PostgresAccountsOptions): Promise<Accounts> {
  const { pool } = options;
  const schema = quotedSchema(options.schema);
  await migrateAccounts(pool, options.schema);
  return {
    authenticate: (name, password) => authenticate({ pool, schema }, name, password),
    ensureAdministrator: (first) => ensureAdministrator({ pool, schema }, first),
    signingKey: () => signingKey({ pool, schema }),
  };
}

interface Store {
  readonly pool: Pool;
  readonly schema: string;
}

async function authenticate(store: Store, name: string, password: string): Promise<User | null> {
  const account = await find(store, name);
  const right = await passwordMatches(password, account?.password);
  if (!right || account === undefined) return null;
  return { name, roles: account.roles.filter(isRole) };
}

async function ensureAdministrator(store: Store, first: FirstPassword): Promise<{ created: boolean }> {
  if ((await find(store, ADMINISTRATOR)) !== undefined) return { created: false };
  const password = 'password' in first ? first.password : await first.generate();
  const { rowCount } = await store.pool.query(
    `INSERT INTO ${store.schema}.accounts (name, password, roles) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO NOTHING`,
    [ADMINISTRATOR, await hashPassword(password), ['administrator']],
  );
  return { created: rowCount === 1 };
}

async function signingKey(store: Store): Promise<Uint8Array> {
  await store.pool.query(
    `INSERT INTO ${store.schema}.session_keys (purpose, key) VALUES ('sign', $1)
     ON CONFLICT (purpose) DO NOTHING`,
    [randomBytes(32)],
  );
  const { rows } = await store.pool.query<{ key: Buffer }>(
    `SELECT key FROM ${store.schema}.session_keys WHERE purpose = 'sign'`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the key that was just kept is gone');
  return new Uint8Array(row.key);
}

async function find(store: Store, name: string): Promise<AccountRow | undefined> {
  const { rows } = await store.pool.query<AccountRow>(
    `SELECT password, roles FROM ${store.schema}.accounts WHERE name = $1`,
    [name],
  );
  return rows[0];
}

function isRole(role: string): role is Role {
  return role === 'administrator';
}
