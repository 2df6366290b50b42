import type { Pool } from 'pg';
import type { LastPollsTable, PollRow } from './ports';

/** Numbered and frozen: a later version adds one, and never edits one. */
export function sourcePollingMigrations(
  schema: string,
): readonly { readonly id: number; readonly sql: string }[] {
  return [
    {
      id: 1,
      sql: `CREATE TABLE ${quoted(schema)}.last_polls (
  source_id uuid PRIMARY KEY,
  started_at text NOT NULL,
  checked_at text,
  census_ms integer NOT NULL,
  problem json,
  position text
)`,
    },
  ];
}

export function createLastPollsTable(pool: Pool, schema: string): LastPollsTable {
  const table = `${quoted(schema)}.last_polls`;
  return {
    read: async () => {
      const { rows } = await pool.query<Record<string, string | null>>(
        `SELECT source_id::text, started_at, checked_at, census_ms::text, problem::text, position FROM ${table}`,
      );
      return rows.map(rowOf);
    },
    write: async (row) => {
      await pool.query(
        `INSERT INTO ${table} AS known (source_id, started_at, checked_at, census_ms, problem, position)
         VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (source_id) DO UPDATE SET started_at = excluded.started_at,
           checked_at = coalesce(excluded.checked_at, known.checked_at), census_ms = excluded.census_ms,
           problem = excluded.problem, position = coalesce(excluded.position, known.position)`,
        [
          row.sourceId,
          row.startedAt,
          row.checkedAt,
          row.censusMs,
          row.problem === null ? null : JSON.stringify(row.problem),
          row.position,
        ],
      );
    },
  };
}

function rowOf(row: Record<string, string | null>): PollRow {
  const problem = row['problem'];
  return {
    sourceId: row['source_id'] ?? '',
    startedAt: row['started_at'] ?? '',
    checkedAt: row['checked_at'] ?? null,
    censusMs: Number(row['census_ms'] ?? 0),
    problem: typeof problem === 'string' ? (JSON.parse(problem) as NonNullable<PollRow['problem']>) : null,
    position: row['position'] ?? null,
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
