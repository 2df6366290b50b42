import type { Pool, PoolClient } from 'pg';
import { isGone, missing } from '../postgres/faults';
import { viewTables, type ViewNames } from '../postgres/names';
import { areWhole } from '../postgres/tables';

/** One set of view tables, folded from the first event on. */
export interface Generation {
  /** Digits; higher than that of any generation before. Part of the tables' names. */
  readonly number: string;
  /** Of the folds that write it. */
  readonly version: number;
  /** Of the tables and rows, as reads need them. */
  readonly layout: number;
  /** Checkpoint: of the last event folded; null before the first. */
  readonly position: string | null;
  /** How many rebuilds had been asked for when it was begun. */
  readonly rebuild: number;
  /** It has all indexes: it caught up once. */
  readonly indexed: boolean;
  /** Nobody has folded anything into it for a minute. */
  readonly idle: boolean;
  /** Its tables are there, and nobody emptied them. */
  readonly whole: boolean;
}

export interface Situation {
  /** How many rebuilds were asked for; null where there is no catalogue. */
  readonly rebuild: number | null;
  /** What is read. */
  readonly current: Generation | null;
  /** What is to replace it. */
  readonly building: Generation | null;
}

interface Row {
  readonly generation: string | null;
  readonly asked: string;
  readonly number: string | null;
  readonly version: number;
  readonly layout: number;
  readonly position: string | null;
  readonly rebuild: string;
  readonly indexed: boolean;
  readonly idle: boolean;
}

type Session = Pick<Pool | PoolClient, 'query'>;

/**
 * How things stand: one look at the catalogue, one at the marks of each generation. Where a switch drops tables in
 * between it looks again, except inside a transaction: there it rejects.
 */
export async function situationOf(client: Session, names: ViewNames): Promise<Situation> {
  for (;;) {
    const rows = await catalogue(client, names);
    try {
      return await situationIn(client, names, rows);
    } catch (fault) {
      if (!isGone(fault)) throw fault;
    }
  }
}

async function situationIn(client: Session, names: ViewNames, rows: readonly Row[]): Promise<Situation> {
  const first = rows[0];
  if (first === undefined) return { rebuild: null, current: null, building: null };
  const read = rows.find(({ number }) => number === first.generation);
  const other = rows.find(({ number }) => number !== first.generation);
  return {
    rebuild: Number(first.asked),
    current: await generationIn(client, names, read),
    building: await generationIn(client, names, other),
  };
}

/** The newest generation first. */
async function catalogue(client: Session, names: ViewNames): Promise<readonly Row[]> {
  try {
    const found: { rows: Row[] } = await client.query(
      `select p.generation::text as generation, p.rebuild::text as asked, g.number::text as number,
              g.version, g.layout, g.position, g.rebuild::text as rebuild, g.indexed,
              g.folded_at < clock_timestamp() - interval '1 minute' as idle
         from ${names.pointer} p left join ${names.generations} g on true
        where p.name = 'views' order by g.number desc`,
    );
    return found.rows;
  } catch (fault) {
    if (missing(fault)) return [];
    throw fault;
  }
}

async function generationIn(
  client: Session,
  names: ViewNames,
  row: Row | undefined,
): Promise<Generation | null> {
  if (row === undefined || row.number === null) return null;
  const { number, version, layout, position, rebuild, indexed, idle } = row;
  const whole = await areWhole(client, viewTables(names, number));
  return { number, version, layout, position, rebuild: Number(rebuild), indexed, idle, whole };
}

/** Whether the same generations are there, in the same state; how far they are folded does not matter. */
export function sameSituation(a: Situation, b: Situation): boolean {
  const same = (one: Generation | null, other: Generation | null): boolean =>
    one?.number === other?.number && one?.whole === other?.whole;
  return same(a.current, b.current) && same(a.building, b.building);
}

/** Where a generation is; null when it is gone. */
export async function checkpointOf(
  client: Session,
  names: ViewNames,
  generation: string,
  locking: '' | 'for update' = '',
): Promise<{ readonly position: string | null; readonly indexed: boolean } | null> {
  const found: { rows: { position: string | null; indexed: boolean }[] } = await client.query(
    `select position, indexed from ${names.generations} where number = $1 ${locking}`,
    [generation],
  );
  return found.rows[0] ?? null;
}
