import type { Pool } from 'pg';
import { missing } from '../postgres/faults';
import { viewNames } from '../postgres/names';

/**
 * Asks for the views to be folded from the first event again, beside those that are read meanwhile. Some runner does
 * it within seconds; asked while a rebuild is under way, another one follows. The same by hand:
 *
 *     update daymark_views.pointer set rebuild = rebuild + 1;
 *
 * Answers false where there are no views yet: a runner that starts folds them anyway.
 */
export async function requestRebuild(pool: Pool, schema: string): Promise<boolean> {
  const { pointer } = viewNames(schema);
  try {
    const asked = await pool.query(`update ${pointer} set rebuild = rebuild + 1`);
    return asked.rowCount === 1;
  } catch (fault) {
    if (missing(fault)) return false;
    throw fault;
  }
}
