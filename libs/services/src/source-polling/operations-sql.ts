/** Statements on the operational tables of this service. */
import { ElementsFault } from '@daymark/elements';
import type { Pool } from 'pg';

export type TextRow = Readonly<Record<string, string | null>>;

/** Runs a statement whose columns are all text, and gives its rows. */
export type Rows = (sql: string, values: readonly unknown[]) => Promise<readonly TextRow[]>;

/** @throws ElementsFault TARGET_UNAVAILABLE: these tables are in the target's database, and come back with it */
export function rowsIn(pool: Pool): Rows {
  return async (sql, values) => {
    try {
      return (await pool.query<TextRow>(sql, [...values])).rows;
    } catch (error) {
      throw unavailable(error);
    }
  };
}

export function unavailable(error: unknown): ElementsFault {
  const message = error instanceof Error ? error.message : String(error);
  return new ElementsFault(
    'TARGET_UNAVAILABLE',
    `The operational tables cannot be used for now: ${message}.`,
    {
      cause: error,
    },
  );
}

export function tableIn(schema: string, table: string): string {
  return `"${schema.replaceAll('"', '""')}".${table}`;
}
