import type { Pool } from 'pg';
import { placeOf, positionOf } from '../numbered-position';
import type { CategoryFilter, JsonObject, Position, RecordedEvent, StreamId, StreamSlice } from '../port';
import { unavailable } from './faults';

interface EventRow {
  readonly position: string;
  readonly stream: string;
  readonly revision: string;
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  readonly recorded_at: string;
}

type StreamRow = { readonly current: string | null } & (EventRow | { readonly position: null });

/** Bytes of JSON in one page; the first event comes whatever its size. */
const pageBytes = 1024 * 1024;

const columns = `position, stream, revision, id, type, data, metadata,
  to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as recorded_at`;

/** The statements that read, each one statement and therefore one snapshot. */
export class Reader {
  private readonly pageOfAll: string;
  private readonly pageOfCategories: string;
  private readonly stream: string;
  private readonly last: string;

  constructor(
    private readonly pool: Pool,
    quotedSchema: string,
  ) {
    const events = `${quotedSchema}.events`;
    this.last = `select max(position) as position from ${events}`;
    this.stream = `select current, ${columns}
      from (select max(revision) as current from ${events} where stream = $1) as tip
      left join ${events} on stream = $1 and revision >= $2
      order by revision`;
    this.pageOfAll = boundedByBytes(`select * from ${events} where position > $1 order by position limit $2`);
    // One index range per category, merged: `category = any(…)` would have the whole tail of each category sorted.
    this.pageOfCategories = boundedByBytes(`select found.* from unnest($3::text[]) as wanted (category)
      cross join lateral (
        select * from ${events} where category = wanted.category and position > $1 order by position limit $2
      ) as found
      order by found.position limit $2`);
  }

  async read(stream: StreamId, from: bigint): Promise<StreamSlice> {
    const rows = await this.rows<StreamRow>('read', this.stream, [stream, from.toString()]);
    const current = rows[0]?.current ?? null;
    const events = rows.flatMap((row) => (row.position === null ? [] : [recordedEvent(row)]));
    return { events, revision: current === null ? null : BigInt(current) };
  }

  /** Up to `limit` events, fewer when they are large, none only when none is there. */
  async page(
    from: Position | 'start',
    filter: CategoryFilter,
    limit: number,
  ): Promise<readonly RecordedEvent[]> {
    const place = placeOf(from).toString();
    const rows =
      filter === 'all'
        ? await this.rows<EventRow>('page of all', this.pageOfAll, [place, limit])
        : await this.rows<EventRow>('page of categories', this.pageOfCategories, [
            place,
            limit,
            [...new Set(filter)],
          ]);
    return rows.map(recordedEvent);
  }

  async head(): Promise<Position | null> {
    const rows = await this.rows<{ readonly position: string | null }>('head', this.last, []);
    const place = rows[0]?.position ?? null;
    return place === null ? null : positionOf(place);
  }

  private async rows<Row extends object>(
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<Row[]> {
    try {
      return (await this.pool.query<Row>({ name, text, values: [...values] })).rows;
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

function boundedByBytes(page: string): string {
  return `select ${columns}
    from (select *, sum(size) over (order by position) - size as before from (${page}) as page) as bounded
    where before < ${pageBytes}
    order by position`;
}

function recordedEvent(row: EventRow): RecordedEvent {
  return {
    id: row.id,
    type: row.type,
    data: JSON.parse(row.data) as JsonObject,
    metadata: JSON.parse(row.metadata) as JsonObject,
    stream: row.stream as StreamId,
    revision: BigInt(row.revision),
    position: positionOf(row.position),
    recordedAt: row.recorded_at,
  };
}
