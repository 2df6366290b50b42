import type { GatewayTables } from '../accounts/tables';
import type { AuditEntry, AuditTable, KeptEntry } from './port';

type Row = Omit<KeptEntry, 'at' | 'correlationId'> & {
  readonly at: Date;
  readonly correlation_id: string | null;
};

export function createPostgresAudit({ pool, schema }: GatewayTables): AuditTable {
  return {
    write: async (entries) => {
      if (entries.length === 0) return;
      await pool.query(
        `INSERT INTO ${schema}.audit
           (at, kind, actor, via, address, method, path, status, code, correlation_id, position, repeated)
         SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
           $7::text[], $8::integer[], $9::text[], $10::text[], $11::text[], $12::integer[])`,
        columnsOf(entries),
      );
    },
    page: async ({ before, limit }) => {
      const { rows } = await pool.query<Row>(
        `SELECT id::text, at, kind, actor, via, address, method, path, status, code, correlation_id, position, repeated
         FROM ${schema}.audit WHERE id < $1 ORDER BY id DESC LIMIT $2`,
        [before ?? '9223372036854775807', limit],
      );
      return rows.map(({ at, correlation_id: correlationId, ...row }) => ({
        ...row,
        at: at.toISOString(),
        correlationId,
      }));
    },
    sweep: async (before) => {
      await pool.query(`DELETE FROM ${schema}.audit WHERE kind = 'refusal' AND at < $1`, [before]);
    },
  };
}

function columnsOf(entries: readonly AuditEntry[]): unknown[] {
  const names = ['at', 'kind', 'actor', 'via', 'address', 'method', 'path', 'status', 'code'] as const;
  const rest = ['correlationId', 'position', 'repeated'] as const;
  return [...names, ...rest].map((name) => entries.map((entry) => entry[name]));
}
