import { isRole } from '../accounts/port';
import type { GatewayTables } from '../accounts/tables';
import type { KeptSession, Sessions } from './port';

interface SessionRow {
  readonly id: string;
  readonly account: string;
  readonly roles: readonly string[];
  readonly created_at: Date;
  readonly expires_at: Date;
}

export function createPostgresSessions(tables: GatewayTables): Sessions {
  const { pool, schema } = tables;
  const living = (ids: readonly string[], at: string) => findLiving(tables, ids, at);
  return {
    open: async ({ id, account, at, until }) => {
      await pool.query(`DELETE FROM ${schema}.sessions WHERE expires_at <= $1`, [at]);
      await pool.query(
        `INSERT INTO ${schema}.sessions (id, account, created_at, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO NOTHING`,
        [id, account, at, until],
      );
      const [kept] = await living([id], at);
      if (kept === undefined) throw new Error('the account was removed while it signed in');
      return kept;
    },
    find: async (id, at) => (await living([id], at))[0] ?? null,
    living,
    extend: async (id, until) => {
      await pool.query(`UPDATE ${schema}.sessions SET expires_at = $2 WHERE id = $1`, [id, until]);
    },
    end: async (id) => {
      await pool.query(`DELETE FROM ${schema}.sessions WHERE id = $1`, [id]);
    },
  };
}

async function findLiving(
  { pool, schema }: GatewayTables,
  ids: readonly string[],
  at: string,
): Promise<readonly KeptSession[]> {
  if (ids.length === 0) return [];
  const { rows } = await pool.query<SessionRow>(
    `SELECT s.id::text, s.account, a.roles, s.created_at, s.expires_at
     FROM ${schema}.sessions s JOIN ${schema}.accounts a ON a.name = s.account
     WHERE s.id = ANY ($1::uuid[]) AND s.expires_at > $2`,
    [ids, at],
  );
  return rows.map((row) => ({
    id: row.id,
    user: { name: row.account, roles: row.roles.filter(isRole) },
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }));
}
