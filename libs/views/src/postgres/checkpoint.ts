import type { Pool, PoolClient } from 'pg';
import type { ViewNames } from './names';

export interface Checkpoint {
  /** Of the folds that wrote the rows. */
  readonly version: number;
  /** Of the last event folded; null before the first. */
  readonly position: string | null;
}

/** Where the views are; null when there is no checkpoint at all. */
export async function readCheckpoint(
  client: Pick<Pool | PoolClient, 'query'>,
  names: ViewNames,
  locking: '' | 'for update' = '',
): Promise<Checkpoint | null> {
  const found: { rows: { version: string; position: string | null }[] } = await client.query(
    `select version::text as version, position from ${names.checkpoint} where name = 'views' ${locking}`,
  );
  const row = found.rows[0];
  return row === undefined ? null : { version: Number(row.version), position: row.position };
}
