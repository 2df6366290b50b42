import type { GatewayTables } from '../accounts/tables';
import type { Attempts } from './port';

export function createPostgresAttempts({ pool, schema }: GatewayTables): Attempts {
  return {
    look: async (who) => {
      const { rows } = await pool.query<{ count: number; last_at: Date }>(
        `SELECT count, last_at FROM ${schema}.sign_in_attempts WHERE who = $1`,
        [who],
      );
      const [row] = rows;
      return row === undefined ? null : { count: row.count, lastAt: row.last_at.toISOString() };
    },
    keep: async (who, seen, { count, lastAt }) => {
      const { rowCount } = await pool.query(
        `INSERT INTO ${schema}.sign_in_attempts AS known (who, count, last_at) VALUES ($1, $3, $4)
         ON CONFLICT (who) DO UPDATE SET count = excluded.count, last_at = excluded.last_at
           WHERE known.count = $2`,
        [who, seen, count, lastAt],
      );
      return rowCount === 1;
    },
    forget: async (who) => {
      await pool.query(`DELETE FROM ${schema}.sign_in_attempts WHERE who = ANY ($1)`, [who]);
    },
    sweep: async (before) => {
      await pool.query(`DELETE FROM ${schema}.sign_in_attempts WHERE last_at < $1`, [before]);
    },
  };
}
