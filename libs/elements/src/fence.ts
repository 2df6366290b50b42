import { quoteIdentifier } from '@daymark/sources/postgres';
import type { ClientBase } from 'pg';
import { ElementsFault } from './faults';
import type { Lease } from './lease';
import type { TargetSchemas } from './schema';

/**
 * The last statement before COMMIT of whatever a holder changes: locks only the fence row.
 *
 * @throws ElementsFault RUN_FENCED when another holder has taken the source over
 */
export async function checkFence(
  client: Pick<ClientBase, 'query'>,
  schemas: TargetSchemas,
  lease: Pick<Lease, 'sourceId' | 'token'>,
): Promise<void> {
  const fence = await client.query(
    `SELECT FROM ${quoteIdentifier(schemas.elements)}.fences WHERE source_id = $1 AND token = $2 FOR SHARE`,
    [lease.sourceId, lease.token],
  );
  if (fence.rowCount === 1) return;
  throw new ElementsFault('RUN_FENCED', `Another holder took source ${lease.sourceId} over: this one stops.`);
}
