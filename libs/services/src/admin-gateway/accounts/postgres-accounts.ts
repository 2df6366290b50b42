import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import { hashPassword, passwordMatches } from './passwords';
import {
  ADMINISTRATOR,
  isRole,
  type Account,
  type AccountChange,
  type AccountRefusal,
  type Accounts,
  type FirstPassword,
  type Role,
  type User,
} from './port';
import { inTransaction, type GatewayTables } from './tables';

interface AccountRow {
  readonly name: string;
  readonly password: string;
  readonly roles: readonly string[];
  readonly created_at: Date;
}

/** Accounts in the operational schema. Throws whatever pg throws while the database is not in reach. */
export function createPostgresAccounts(tables: GatewayTables): Accounts {
  return {
    authenticate: (name, password) => authenticate(tables, name, password),
    ensureAdministrator: (first) => ensureAdministrator(tables, first),
    list: (page) => list(tables, page),
    find: async (name) => accountOf(await find(tables, name)),
    create: (account) => create(tables, account),
    change: (name, to) => change(tables, name, to),
    remove: (name) => remove(tables, name),
    signingKey: () => signingKey(tables),
  };
}

async function authenticate(tables: GatewayTables, name: string, password: string): Promise<User | null> {
  const account = await find(tables, name);
  const right = await passwordMatches(password, account?.password);
  if (!right || account === undefined) return null;
  return { name, roles: account.roles.filter(isRole) };
}

async function ensureAdministrator(
  tables: GatewayTables,
  first: FirstPassword,
): Promise<{ created: boolean }> {
  const { rows } = await tables.pool.query(
    `SELECT FROM ${tables.schema}.accounts WHERE 'administrator' = ANY (roles) LIMIT 1`,
  );
  if (rows.length > 0) return { created: false };
  const password = 'password' in first ? first.password : await first.generate();
  const made = await create(tables, { name: ADMINISTRATOR, password, roles: ['administrator'] });
  return { created: made !== 'taken' };
}

async function list(
  { pool, schema }: GatewayTables,
  { after, limit }: { after: string | null; limit: number },
): Promise<readonly Account[]> {
  const { rows } = await pool.query<AccountRow>(
    `SELECT name, roles, created_at FROM ${schema}.accounts WHERE name > $1 ORDER BY name LIMIT $2`,
    [after ?? '', limit],
  );
  return rows.flatMap((row) => accountOf(row) ?? []);
}

async function create(
  { pool, schema }: GatewayTables,
  { name, password, roles }: User & { readonly password: string },
): Promise<Account | AccountRefusal> {
  const { rows } = await pool.query<AccountRow>(
    `INSERT INTO ${schema}.accounts (name, password, roles) VALUES ($1, $2, $3)
     ON CONFLICT (name) DO NOTHING RETURNING name, roles, created_at`,
    [name, await hashPassword(password), roles],
  );
  return accountOf(rows[0]) ?? 'taken';
}

async function change(
  tables: GatewayTables,
  name: string,
  to: AccountChange,
): Promise<Account | AccountRefusal> {
  const { schema } = tables;
  const password = to.password === undefined ? null : await hashPassword(to.password);
  return changing(tables, async (client) => {
    if (!(await mayLose(client, schema, name, to.roles ?? ['administrator']))) return 'last-administrator';
    const { rows } = await client.query<AccountRow>(
      `UPDATE ${schema}.accounts SET password = coalesce($2, password), roles = coalesce($3, roles)
       WHERE name = $1 RETURNING name, roles, created_at`,
      [name, password, to.roles ?? null],
    );
    await client.query(`DELETE FROM ${schema}.sessions WHERE account = $1`, [name]);
    return accountOf(rows[0]) ?? 'unknown';
  });
}

async function remove(tables: GatewayTables, name: string): Promise<AccountRefusal | null> {
  const { schema } = tables;
  return changing(tables, async (client) => {
    if (!(await mayLose(client, schema, name, []))) return 'last-administrator';
    const { rowCount } = await client.query(`DELETE FROM ${schema}.accounts WHERE name = $1`, [name]);
    return rowCount === 0 ? 'unknown' : null;
  });
}

/** Two administrators who remove each other at once must not both succeed: changes of accounts take turns. */
function changing<Result>(
  tables: GatewayTables,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  return inTransaction(tables, async (client) => {
    await client.query(`LOCK TABLE ${tables.schema}.accounts IN SHARE ROW EXCLUSIVE MODE`);
    return work(client);
  });
}

/** Whether somebody else is an administrator, or the account stays one or never was. */
async function mayLose(
  client: PoolClient,
  schema: string,
  name: string,
  roles: readonly Role[],
): Promise<boolean> {
  if (roles.includes('administrator')) return true;
  const { rows } = await client.query<{ name: string }>(
    `SELECT name FROM ${schema}.accounts WHERE 'administrator' = ANY (roles)`,
  );
  return rows.length !== 1 || rows[0]?.name !== name;
}

async function signingKey({ pool, schema }: GatewayTables): Promise<Uint8Array> {
  await pool.query(
    `INSERT INTO ${schema}.session_keys (purpose, key) VALUES ('sign', $1) ON CONFLICT (purpose) DO NOTHING`,
    [randomBytes(32)],
  );
  const { rows } = await pool.query<{ key: Buffer }>(
    `SELECT key FROM ${schema}.session_keys WHERE purpose = 'sign'`,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the key that was just kept is gone');
  return new Uint8Array(row.key);
}

async function find({ pool, schema }: GatewayTables, name: string): Promise<AccountRow | undefined> {
  const { rows } = await pool.query<AccountRow>(
    `SELECT name, password, roles, created_at FROM ${schema}.accounts WHERE name = $1`,
    [name],
  );
  return rows[0];
}

function accountOf(row: AccountRow | undefined): Account | null {
  if (row === undefined) return null;
  return { name: row.name, roles: row.roles.filter(isRole), createdAt: row.created_at.toISOString() };
}
