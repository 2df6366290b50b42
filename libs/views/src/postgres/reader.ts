import type { Pool } from 'pg';
import { ViewFault } from '../port';
import { isForeign, isGone, missing } from './faults';
import { viewTables, type ViewNames, type ViewTables } from './names';
import { areMarked, VIEW_LAYOUT } from './tables';

export interface Reading {
  readonly generation: string;
  readonly tables: ViewTables;
}

/**
 * Reads whichever generation is the current one. The pointer is remembered; after each read, whatever it asked, one
 * look tells whether that generation is still the current one and whole. If so it was all the time, and the answer
 * is true; if not, the read is repeated on the one that took its place.
 */
export class Reader {
  private known: string | null = null;

  constructor(
    private readonly pool: Pool,
    private readonly names: ViewNames,
  ) {}

  /**
   * @throws ViewFault VIEWS_REBUILDING while there is nothing whole to read: a table was dropped or emptied, or the
   *   log was not folded once yet, or the views are of a release that keeps them otherwise.
   */
  async read<Answer>(work: (reading: Reading) => Promise<Answer>): Promise<Answer> {
    let failed: string | null = null;
    for (;;) {
      const generation = this.known ?? (await this.current());
      if (generation === null || generation === failed) throw rebuilding();
      this.known = generation;
      const tables = viewTables(this.names, generation);
      const answer = await work({ generation, tables }).then(
        (value) => ({ value }),
        (fault: unknown) => {
          if (missing(fault)) return null;
          throw fault;
        },
      );
      if (answer !== null && (await this.holds(generation, tables))) return answer.value;
      this.known = null;
      failed = generation;
    }
  }

  private async current(): Promise<string | null> {
    const { pointer, generations } = this.names;
    const found = await this.asked(
      `select g.number::text as generation from ${pointer} p join ${generations} g on g.number = p.generation
        where p.name = 'views' and g.layout = ${VIEW_LAYOUT}`,
    );
    return found?.generation ?? null;
  }

  private async holds(generation: string, tables: ViewTables): Promise<boolean> {
    const { pointer, generations } = this.names;
    const found = await this.asked(
      `select g.number::text as generation from ${pointer} p join ${generations} g on g.number = p.generation
        where p.name = 'views' and ${areMarked(tables)}`,
    );
    return found?.generation === generation;
  }

  private async asked(sql: string): Promise<{ readonly generation: string } | null> {
    try {
      return (await this.pool.query<{ generation: string }>(sql)).rows[0] ?? null;
    } catch (fault) {
      if (isGone(fault) || isForeign(fault)) return null;
      throw fault;
    }
  }
}

function rebuilding(): ViewFault {
  return new ViewFault('VIEWS_REBUILDING', 'The views are being folded from the log and cannot be read yet.');
}
