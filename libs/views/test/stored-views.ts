import type { Pool } from 'pg';
import { situationOf, type Generation } from '../src/generations/situation';
import { isGone } from '../src/postgres/faults';
import { viewNames, viewTables, type ViewTables } from '../src/postgres/names';

/** A name that needs its quotes. */
export const schema = 'daymark "views"';
export const quoted = '"daymark ""views"""';

/** Bounded: a state that never comes fails the test. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let looks = 0; looks < 800; looks += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it never came to that');
}

/** The generation that is read. */
export async function readGeneration(pool: Pool): Promise<Generation> {
  const { current } = await situationOf(pool, viewNames(schema));
  if (current === null) throw new Error('there is no generation to read');
  return current;
}

export async function readTables(pool: Pool): Promise<ViewTables> {
  return viewTables(viewNames(schema), (await readGeneration(pool)).number);
}

/** Every table of views in the schema, whoever knows of it. */
export async function tableNames(pool: Pool): Promise<readonly string[]> {
  const found = await pool.query<{ name: string }>(
    `select tablename as name from pg_tables
      where schemaname = $1 and tablename not in ('pointer', 'generations') order by 1`,
    [schema],
  );
  return found.rows.map(({ name }) => name);
}

const keys = {
  sources: ['id'],
  days: ['source_id', 'day'],
  runs: ['id'],
  runDays: ['run_id', 'day'],
} as const;

/** Every row that is read, as the folds in memory give it. Where a switch drops it meanwhile: of the one after. */
export async function stored(pool: Pool): Promise<Record<string, unknown>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await storedNow(pool);
    } catch (fault) {
      if (!isGone(fault) || attempt === 5) throw fault;
    }
  }
}

async function storedNow(pool: Pool): Promise<Record<string, unknown>> {
  const tables = await readTables(pool);
  const contents: Record<string, unknown> = {};
  for (const name of ['sources', 'days', 'runs', 'runDays'] as const) {
    const found = await pool.query<{ key: string; through: string; body: string }>(
      `select concat_ws(' ', ${keys[name].join(', ')}) as key, through, body::text as body
         from ${tables[name]} where ${keys[name][0]} <> ''`,
    );
    contents[name] = Object.fromEntries(
      found.rows.map((row) => [row.key, { row: JSON.parse(row.body) as unknown, through: row.through }]),
    );
  }
  return contents;
}
