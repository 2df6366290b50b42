/**
 * Whose turn it is to poll a source, among all replicas: a row of numbers. Polls of a source are numbered; `wanted` is
 * the highest that anybody asked for, `begun` and `ended` say how far they got. One clock decides: the database's.
 */
import { tableIn, type Rows } from './operations-sql';
import type { PollClaim, PollClaims } from './ports';

/** How long a claim holds without being renewed; renewed with each tick. */
const CLAIM_SECONDS = 10;

export const pollTurnsSql = (schema: string): string => `CREATE TABLE ${tableIn(schema, 'poll_turns')} (
  source_id uuid PRIMARY KEY,
  wanted bigint NOT NULL,
  begun bigint NOT NULL DEFAULT 0,
  ended bigint NOT NULL DEFAULT 0,
  holder uuid,
  begun_at timestamptz,
  held_until timestamptz
)`;

/** True of a row that no living replica works on. */
export const FREE_TURN = '(turn.holder IS NULL OR turn.held_until < now())';

export function createPollClaims(rows: Rows, schema: string): PollClaims {
  const table = tableIn(schema, 'poll_turns');
  const heldUntil = `held_until = now() + make_interval(secs => ${CLAIM_SECONDS})`;
  const wanting = `INSERT INTO ${table} AS turn (source_id, wanted) VALUES ($1, 1)
    ON CONFLICT (source_id) DO UPDATE SET wanted = turn.begun + 1`;

  async function changeHeld({ sourceId, number, holder }: PollClaim, change: string): Promise<boolean> {
    const held = await rows(
      `UPDATE ${table} SET ${change} WHERE source_id = $1 AND begun = $2 AND holder = $3 RETURNING 1::text`,
      [sourceId, number, holder],
    );
    return held.length === 1;
  }

  return {
    want: async (sourceId) => {
      const [row] = await rows(`${wanting} RETURNING wanted::text`, [sourceId]);
      return Number(row?.['wanted']);
    },
    wantAfter: async (sourceId, begun) => {
      await rows(`${wanting} WHERE turn.begun = $2`, [sourceId, begun]);
    },
    begin: async (sourceId, holder) => {
      const [row] = await rows(
        `UPDATE ${table} AS turn SET begun = begun + 1, holder = $2, begun_at = now(), ${heldUntil}
         WHERE source_id = $1 AND wanted > begun AND ${FREE_TURN} RETURNING begun::text`,
        [sourceId, holder],
      );
      return row === undefined ? null : { sourceId, number: Number(row['begun']), holder };
    },
    renewAll: async (holder) => {
      await rows(`UPDATE ${table} SET ${heldUntil} WHERE holder = $1`, [holder]);
    },
    renew: (claim) => changeHeld(claim, heldUntil),
    giveUp: async (claim) => {
      await changeHeld(claim, 'holder = NULL');
    },
    handOver: async (claim) => {
      await changeHeld(claim, 'holder = NULL, wanted = begun + 1');
    },
  };
}
