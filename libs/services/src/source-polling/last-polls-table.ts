import type { Pool } from 'pg';
import { rowsIn, tableIn, type Rows, type TextRow } from './operations-sql';
import { createPollClaims, FREE_TURN, pollTurnsSql } from './poll-claims';
import type { KnownPolls, LastPollsTable, PollClaim, PollRow } from './ports';

/** Numbered and frozen: a later version adds one, and never edits one. */
export function sourcePollingMigrations(
  schema: string,
): readonly { readonly id: number; readonly sql: string }[] {
  return [
    {
      id: 1,
      sql: `CREATE TABLE ${tableIn(schema, 'last_polls')} (
  source_id uuid PRIMARY KEY,
  started_at text NOT NULL,
  checked_at text,
  census_ms integer NOT NULL,
  problem json,
  position text
)`,
    },
    { id: 2, sql: pollTurnsSql(schema) },
  ];
}

export function createLastPollsTable(pool: Pool, schema: string): LastPollsTable {
  const rows = rowsIn(pool);
  return {
    ...createPollClaims(rows, schema),
    read: (sourceIds) => read(rows, schema, sourceIds ?? null),
    end: (claim, row) => end(rows, schema, claim, row),
  };
}

/** A poll that began and was given up is begun anew by the schedule so much later. */
const AGAIN_AFTER_SECONDS = 10;

async function read(
  rows: Rows,
  schema: string,
  sourceIds: readonly string[] | null,
): Promise<ReadonlyMap<string, KnownPolls>> {
  const found = await rows(
    `SELECT source_id::text, started_at, checked_at, census_ms::text, problem::text, position,
       wanted::text, begun::text, ended::text, (NOT ${FREE_TURN})::text AS busy,
       (begun_at < now() - make_interval(secs => ${AGAIN_AFTER_SECONDS}))::text AS long_ago
     FROM ${tableIn(schema, 'poll_turns')} AS turn FULL JOIN ${tableIn(schema, 'last_polls')} USING (source_id)
     WHERE $1::uuid[] IS NULL OR source_id = ANY ($1)`,
    [sourceIds],
  );
  return new Map(found.map((row) => [row['source_id'] ?? '', knownOf(row)]));
}

/** The end of a poll and how it went, or nothing at all: its claim is gone. */
async function end(rows: Rows, schema: string, claim: PollClaim, row: PollRow): Promise<boolean> {
  const written = await rows(
    `WITH ended AS (
       UPDATE ${tableIn(schema, 'poll_turns')} SET ended = begun, holder = NULL
       WHERE source_id = $1 AND begun = $7 AND holder = $8 RETURNING 1)
     INSERT INTO ${tableIn(schema, 'last_polls')} AS known
       (source_id, started_at, checked_at, census_ms, problem, position)
     SELECT $1, $2, $3, $4, $5, $6 FROM ended
     ON CONFLICT (source_id) DO UPDATE SET started_at = excluded.started_at,
       checked_at = coalesce(excluded.checked_at, known.checked_at), census_ms = excluded.census_ms,
       problem = excluded.problem, position = coalesce(excluded.position, known.position)
     RETURNING 1::text`,
    [
      row.sourceId,
      row.startedAt,
      row.checkedAt,
      row.censusMs,
      row.problem === null ? null : JSON.stringify(row.problem),
      row.position,
      claim.number,
      claim.holder,
    ],
  );
  return written.length === 1;
}

function knownOf(row: TextRow): KnownPolls {
  const [begun, ended] = [Number(row['begun'] ?? 0), Number(row['ended'] ?? 0)];
  const busy = row['busy'] === 'true';
  return {
    row: typeof row['started_at'] === 'string' ? rowOf(row) : null,
    wanted: Number(row['wanted'] ?? 0),
    begun,
    ended,
    busy,
    abandoned: begun > ended && !busy && row['long_ago'] === 'true',
  };
}

function rowOf(row: TextRow): PollRow {
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
