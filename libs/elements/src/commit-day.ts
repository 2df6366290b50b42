/**
 * The commit of one day, in one transaction of the target: stream in what differs, merge, delete what is gone,
 * recompute, write the summary, check the fencing token, commit. A day without row and summary is copied straight in.
 * Unchanged rows are not rewritten; a day in which nothing differs is not even streamed.
 */
import { SourceFault, type SnapshotSession } from '@daymark/sources';
import { digestSql, PINNED_TEXT_SETTINGS_SQL, quoteIdentifier } from '@daymark/sources/postgres';
import type { ClientBase } from 'pg';
import { ElementsFault, isAnswer, sqlState, targetFault } from './faults';
import { checkFence } from './fence';
import {
  compareFingerprints,
  copyInto,
  differing,
  keyIsNull,
  keysNotUnique,
  type Differences,
} from './fingerprints';
import type { Lease } from './lease';
import { rowsOf } from './rows';
import type { TargetSchemas } from './schema';
import { writeSummary, type DayCounts, type DaySummary } from './summaries';
import { storedColumns, versionSql, type SourceTable } from './table';

export interface DayWork {
  readonly day: string;
  /** What the snapshot's census says of the day. */
  readonly census: { readonly count: number; readonly digest: string };
  readonly seal: boolean;
  /** False where the source may have purged: rows that it has no more are kept. */
  readonly applyDeletions: boolean;
  /** The rule that decides whether so many deletions may be applied. */
  readonly deletionsAllowed: (day: { ours: number; deleted: number; sourceCount: number }) => boolean;
}

export interface Target {
  readonly client: ClientBase;
  readonly schemas: TargetSchemas;
  readonly table: SourceTable;
  readonly lease: Lease;
}

interface Sum {
  readonly count: number;
  readonly digest: string;
}

interface Applied {
  readonly counts: DayCounts;
  /** Rows of ours that stay although the source has them no more. */
  readonly kept: Sum;
  /** What the copy holds, where nothing was written since it was recomputed. */
  readonly held?: Sum;
}

const none: Sum = { count: 0, digest: '0' };

/**
 * Commits one day from the snapshot.
 *
 * @throws ElementsFault, SourceFault: nothing of the day was committed, but for TARGET_UNAVAILABLE, whose outcome is
 *   unknown until the summaries are read again
 */
export async function commitDay(target: Target, source: SnapshotSession, work: DayWork): Promise<DaySummary> {
  return inTransaction(target.client, async () => {
    const applied = await apply(target, source, work);
    const held = applied.held ?? (await recompute(target, work.day));
    refuseMismatch(work, applied.kept, held);
    const summary = await writeSummary(target.client, target.schemas, {
      sourceId: target.table.sourceId,
      day: work.day,
      run: target.lease.runId,
      snapshotAt: source.at,
      sealed: work.seal,
      sourceCount: work.census.count,
      sourceDigest: work.census.digest,
      elements: held.count,
      digest: held.digest,
      kept: applied.kept.count,
      outcome: outcomeOf(applied.counts, held),
      counts: applied.counts,
      columns: target.table.columns,
      hash: target.table.hash,
    });
    await checkFence(target.client, target.schemas, target.lease);
    return summary;
  });
}

/** What a run would change on a day, and nothing is changed. */
export async function previewDay(
  target: Pick<Target, 'client' | 'table'>,
  source: Pick<SnapshotSession, 'fingerprints'>,
  day: string,
): Promise<Differences> {
  const { client, table } = target;
  return inTransaction(
    client,
    () => compareFingerprints(client, table, day, source.fingerprints(day)),
    'ROLLBACK',
  );
}

async function inTransaction<Result>(
  client: ClientBase,
  work: () => Promise<Result>,
  end: 'COMMIT' | 'ROLLBACK' = 'COMMIT',
): Promise<Result> {
  try {
    await client.query(`BEGIN; ${PINNED_TEXT_SETTINGS_SQL}`);
    const result = await work();
    await client.query(end);
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error instanceof SourceFault ? error : targetFault(error);
  }
}

async function apply(target: Target, source: SnapshotSession, work: DayWork): Promise<Applied> {
  if (await neverCopied(target, work.day)) return copyStraight(target, source, work);
  const ours = await recompute(target, work.day);
  if (ours.count === work.census.count && ours.digest === work.census.digest) {
    return { counts: countsOf(work, { new: 0, changed: 0, deleted: 0 }), kept: none, held: ours };
  }
  return merge(target, source, work, ours);
}

async function neverCopied({ client, schemas, table }: Target, day: string): Promise<boolean> {
  const [row] = await rowsOf(
    client,
    `SELECT (NOT EXISTS (SELECT FROM ${table.name} t WHERE t.${table.day} = $2::date) AND NOT EXISTS (
       SELECT FROM ${quoteIdentifier(schemas.elements)}.day_summaries WHERE source_id = $1 AND day = $2::date))::text AS never`,
    [table.sourceId, day],
  );
  return row?.['never'] === 'true';
}

async function copyStraight(target: Target, source: SnapshotSession, work: DayWork): Promise<Applied> {
  if (work.census.count > 0) {
    const { client, table } = target;
    const into = `${table.name} (${storedColumns(table).join(', ')})`;
    await refusing(work.day, table, () => copyInto(client, into, source.elements(work.day)));
  }
  return { counts: countsOf(work, { new: work.census.count, changed: 0, deleted: 0 }), kept: none };
}

async function merge(target: Target, source: SnapshotSession, work: DayWork, ours: Sum): Promise<Applied> {
  const found = await compareFingerprints(
    target.client,
    target.table,
    work.day,
    source.fingerprints(work.day),
  );
  const deleted = work.applyDeletions ? found.deleted : 0;
  const shrinking = { ours: ours.count, deleted, sourceCount: work.census.count };
  if (!work.deletionsAllowed(shrinking)) throw dayShrank(work.day, shrinking);
  if (found.new + found.changed > 0) await takeDiffering(target, source, work, found);
  if (deleted > 0) await deleteMissing(target, work.day);
  return {
    counts: countsOf(work, { new: found.new, changed: found.changed, deleted }),
    kept: work.applyDeletions ? none : found.missing,
  };
}

/** What a day is given up with whose deletions are more than may be applied. */
export function dayShrank(
  day: string,
  found: { ours: number; deleted: number; sourceCount: number },
): ElementsFault {
  const { ours, deleted, sourceCount } = found;
  return new ElementsFault(
    'DAY_SHRANK',
    `On ${day} the source has ${sourceCount} elements and the copy ${ours}: ${deleted} would be deleted, ` +
      `which is the whole day or more than max(50, 10 %). Nothing of the day was changed. If the source is right, ` +
      `give it back what is missing; if it purged the day, tell its retention.`,
  );
}

/** Above this share of a day, reading it whole is cheaper than asking for keys. */
const WHOLE_DAY_SHARE = 0.2;
const KEYS_AT_ONCE = 5_000;

async function takeDiffering(
  target: Target,
  source: SnapshotSession,
  work: DayWork,
  found: Differences,
): Promise<void> {
  const { client, table } = target;
  await client.query(`CREATE TEMP TABLE daymark_staged (LIKE ${table.name}) ON COMMIT DROP`);
  const staged = `pg_temp.daymark_staged (${storedColumns(table).join(', ')})`;
  const wanted = found.new + found.changed;
  if (wanted > Math.max(KEYS_AT_ONCE, work.census.count * WHOLE_DAY_SHARE)) {
    await refusing(work.day, table, () => copyInto(client, staged, source.elements(work.day)));
  } else {
    await stageByKeys(target, source, work.day, staged);
  }
  await refusing(work.day, table, () => mergeStaged(client, table));
}

async function stageByKeys(
  target: Target,
  source: SnapshotSession,
  day: string,
  staged: string,
): Promise<void> {
  const { client, table } = target;
  await client.query(
    `DECLARE daymark_keys NO SCROLL CURSOR FOR SELECT key FROM ${differing} WHERE kind <> 'd' ORDER BY key`,
  );
  const next = () => rowsOf(client, `FETCH FORWARD ${KEYS_AT_ONCE} FROM daymark_keys`);
  for (let rows = await next(); rows.length > 0; rows = await next()) {
    const keys = rows.map((row) => row['key'] ?? '');
    await refusing(day, table, () => copyInto(client, staged, source.elements(day, keys)));
  }
}

async function mergeStaged(client: ClientBase, table: SourceTable): Promise<void> {
  const columns = storedColumns(table);
  const set = columns.slice(2).map((column) => `${column} = excluded.${column}`);
  await client.query(
    `INSERT INTO ${table.name} (${columns.join(', ')})
     SELECT ${columns.map((column) => `s.${column}`).join(', ')}
     FROM pg_temp.daymark_staged s JOIN ${differing} d ON d.key = s.${table.keyText} AND d.kind <> 'd'
     ORDER BY s.${table.keyText}
     ON CONFLICT (${table.day}, ${table.keyText}) DO UPDATE SET ${set.join(', ')}`,
  );
}

async function deleteMissing({ client, table }: Target, day: string): Promise<void> {
  await client.query(
    `DELETE FROM ${table.name} t USING ${differing} d
     WHERE t.${table.day} = '${day}'::date AND t.${table.keyText} = d.key AND d.kind = 'd'`,
  );
}

/** Count and digest of what the copy holds, from the stored columns: never from a copied version. */
async function recompute({ client, table }: Target, day: string): Promise<Sum> {
  const [row] = await rowsOf(
    client,
    `SELECT count(*)::text AS count, ${digestSql(versionSql(table, 't'))} AS digest
     FROM ${table.name} t WHERE t.${table.day} = '${day}'::date`,
  );
  return { count: Number(row?.['count'] ?? 0), digest: row?.['digest'] ?? '0' };
}

function refuseMismatch(work: DayWork, kept: Sum, held: Sum): void {
  const count = work.census.count + kept.count;
  const digest = (BigInt(work.census.digest) + BigInt(kept.digest)).toString();
  if (held.count === count && held.digest === digest) return;
  throw new ElementsFault(
    'DAY_DIGEST_MISMATCH',
    `The copy of ${work.day} holds ${held.count} elements with digest ${held.digest}; the source's snapshot says ` +
      `${count} with ${digest}. Nothing of the day was changed.`,
  );
}

function countsOf(work: DayWork, found: { new: number; changed: number; deleted: number }): DayCounts {
  return {
    read: work.census.count,
    inserted: found.new,
    changed: found.changed,
    unchanged: work.census.count - found.new - found.changed,
    deleted: found.deleted,
    quarantined: 0,
    withheld: 0,
  };
}

function outcomeOf(counts: DayCounts, held: Sum): DaySummary['outcome'] {
  if (held.count === 0 && counts.deleted === 0) return 'empty';
  return counts.inserted + counts.changed + counts.deleted > 0 ? 'synchronized' : 'unchanged';
}

/** Names what the target says of a record that it cannot store. */
async function refusing(day: string, table: SourceTable, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw refusal(day, table, error) ?? error;
  }
}

function refusal(day: string, table: SourceTable, error: unknown): ElementsFault | undefined {
  if (error instanceof SourceFault || !isAnswer(error)) return undefined;
  const said = error as Said;
  const state = sqlState(error);
  if (state === '23505') return keysNotUnique(day, keyIn(said));
  if (state === '23502' && quoteIdentifier(said.column ?? '') === table.keyText) return keyIsNull(day);
  return /^(22|23|54|42804|0A)/.test(state) ? rowRefused(day, said) : undefined;
}

/** What PostgreSQL says with an error, beside its code. */
interface Said {
  readonly message?: string;
  readonly detail?: string;
  readonly where?: string;
  readonly column?: string;
}

function keyIn({ detail = '' }: Said): string {
  return /=\([^,]+, (.*)\) already exists/s.exec(detail)?.[1] ?? '(unnamed)';
}

function rowRefused(day: string, said: Said): ElementsFault {
  const { message = 'refused', where = 'no place given' } = said;
  const detail = `A record of ${day} cannot be stored exactly: ${message} (${where}).`;
  return new ElementsFault('DAY_ROW_REFUSED', detail, { cause: said });
}
