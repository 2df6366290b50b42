import { quoteIdentifier } from '@daymark/sources/postgres';
import type { ClientBase } from 'pg';
import { rowsOf } from './rows';
import type { TargetSchemas } from './schema';

export interface DayCounts {
  readonly read: number;
  readonly inserted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly quarantined: number;
  readonly withheld: number;
}

/** What was committed of a day, and all that its events need. */
export interface DaySummary {
  readonly day: string;
  /** 1 at the first commit of the day, one more with each. */
  readonly revision: number;
  readonly run: string;
  readonly snapshotAt: string;
  readonly sealed: boolean;
  /** What the source held in the snapshot: what polls compare with. */
  readonly sourceCount: number;
  readonly sourceDigest: string;
  /** What the copy holds, recomputed from its own columns in the same transaction. */
  readonly elements: number;
  readonly digest: string;
  /** Rows that stay although the source has purged them. */
  readonly kept: number;
  readonly outcome: 'synchronized' | 'unchanged' | 'empty';
  readonly counts: DayCounts;
}

const selected = `day::text, revision::text, run_id::text, snapshot_at, sealed::text, source_count::text,
  source_digest::text, elements::text, digest::text, kept::text, outcome, counts::text`;

export async function readSummaries(
  client: Pick<ClientBase, 'query'>,
  schemas: TargetSchemas,
  sourceId: string,
): Promise<Map<string, DaySummary>> {
  const rows = await rowsOf(
    client,
    `SELECT ${selected} FROM ${quoteIdentifier(schemas.elements)}.day_summaries WHERE source_id = $1 ORDER BY day`,
    [sourceId],
  );
  return new Map(rows.map((row) => [row['day'] ?? '', summaryOf(row)]));
}

function summaryOf(row: Record<string, string>): DaySummary {
  const text = (column: string) => row[column] ?? '';
  return {
    day: text('day'),
    revision: Number(text('revision')),
    run: text('run_id'),
    snapshotAt: text('snapshot_at'),
    sealed: text('sealed') === 'true',
    sourceCount: Number(text('source_count')),
    sourceDigest: text('source_digest'),
    elements: Number(text('elements')),
    digest: text('digest'),
    kept: Number(text('kept')),
    outcome: text('outcome') as DaySummary['outcome'],
    counts: JSON.parse(text('counts')) as DayCounts,
  };
}

/** Writes the day's summary, one revision higher, and gives it back as it stands. Inside the day's transaction. */
export async function writeSummary(
  client: Pick<ClientBase, 'query'>,
  schemas: TargetSchemas,
  written: Omit<DaySummary, 'revision'> & { sourceId: string; columns: unknown; hash: string },
): Promise<DaySummary> {
  const [row] = await rowsOf(
    client,
    `INSERT INTO ${quoteIdentifier(schemas.elements)}.day_summaries AS known
       (source_id, day, revision, run_id, snapshot_at, sealed, source_count, source_digest, elements, digest, kept,
        outcome, counts, columns, hash)
     VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
     ON CONFLICT (source_id, day) DO UPDATE SET
       revision = known.revision + 1, run_id = excluded.run_id, snapshot_at = excluded.snapshot_at,
       sealed = excluded.sealed, source_count = excluded.source_count, source_digest = excluded.source_digest,
       elements = excluded.elements, digest = excluded.digest, kept = excluded.kept, outcome = excluded.outcome,
       counts = excluded.counts, columns = excluded.columns, hash = excluded.hash, committed_at = clock_timestamp()
     RETURNING ${selected}`,
    [
      written.sourceId,
      written.day,
      written.run,
      written.snapshotAt,
      written.sealed,
      written.sourceCount,
      written.sourceDigest,
      written.elements,
      written.digest,
      written.kept,
      written.outcome,
      JSON.stringify(written.counts),
      JSON.stringify(written.columns),
      written.hash,
    ],
  );
  if (row === undefined) throw new Error(`No summary came back for ${written.day}.`);
  return summaryOf(row);
}
