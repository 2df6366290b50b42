import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import type { DaymarkEvent } from '@daymark/contracts';
import { openDatabase, tell, type Database } from '../../test/database';
import { contents, folded } from '../../test/memory-views';
import { quoted, readTables, schema, stored } from '../../test/stored-views';
import {
  completed,
  count,
  failed,
  flows,
  orders,
  polled,
  registered,
  removed,
  report,
  requested,
  runA,
  runB,
  started,
  synchronized,
  wholeLife,
} from '../../test/stories';
import { startProjection, type Projection } from '../projection/projection';
import { createViews } from '../postgres/views';
import { digestOf, type ViewDigest } from './digest';
import { requestRebuild } from './request-rebuild';

let database: Database;

beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

const day = fc.constantFrom('2026-11-17', '2026-11-18', '2026-11-19');
const runId = fc.constantFrom(runA, runB);
const revision = fc.integer({ min: 0, max: 3 });
const problem = { code: 'X', detail: 'one \u0000 day' };

/** Any event at any time: folds never refuse. */
const event: fc.Arbitrary<DaymarkEvent> = fc.oneof(
  fc.constantFrom(...wholeLife),
  fc.constantFrom(registered(), registered(flows, 'flows', 3), removed('keep'), removed('delete')),
  fc.tuple(day, revision).map(([d, r]) => polled([count(d, { revision: r, new: r + 1 })])),
  fc.tuple(day, runId, revision).map(([d, id, r]) => synchronized(d, { runId: id, revision: r })),
  runId.map((id) => requested({ runId: id })),
  runId.map((id) => started(id)),
  fc.tuple(runId, day).map(([id, d]) => completed({ runId: id, days: [report(d)], counts: [count(d)] })),
  fc
    .tuple(runId, day)
    .map(([id, d]) => failed({ runId: id, days: [report(d, { outcome: 'failed', problem })] })),
);

/** What happens to the views between two parts of the story. */
type Blow = 'none' | 'restart' | 'drop table' | 'truncate' | 'drop schema' | 'rebuild' | 'second runner';

const part = fc.record({
  events: fc.array(event, { minLength: 1, maxLength: 6 }),
  blow: fc.constantFrom<Blow>(
    'none',
    'restart',
    'drop table',
    'truncate',
    'drop schema',
    'rebuild',
    'second runner',
  ),
});

describe('the digest', () => {
  it('is that of a fold from the first event, whatever was thrown away and built again, and by whom', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        const log = createMemoryEventLog();
        const running: Projection[] = [];
        const options = { log, schema, inspectEveryMs: 20 };
        const start = async (): Promise<void> => {
          running.push(await startProjection({ ...options, pool: database.another() }));
        };
        const stop = async (): Promise<void> => {
          await Promise.all(running.splice(0).map((projection) => projection.stop()));
        };
        try {
          await start();
          let position = '';
          const story: DaymarkEvent[] = [];
          for (const { events, blow } of parts) {
            position = await tell(log, events, story.length);
            story.push(...events);
            await strike(blow, { start, stop });
          }
          const lived = await digestAt(position);
          expect(await stored(database.pool)).toEqual(contents(folded(story)));
          await stop();
          await database.pool.query(`drop schema ${quoted} cascade`);
          await start();
          expect(await digestAt(position)).toEqual(lived);
        } finally {
          await stop();
          await log.close();
          await database.pool.query(`drop schema if exists ${quoted} cascade`);
        }
      }),
      { numRuns: 15 },
    );
  }, 120_000);

  it('differs where a row differs', async () => {
    const log = createMemoryEventLog();
    const projection = await startProjection({ log, schema, pool: database.pool });
    const position = await tell(log, wholeLife);
    const before = await digestAt(position);
    const { days, sources, runDays } = await readTables(database.pool);
    const changes = [
      `update ${days} set sealed = not sealed where day = (select max(day) from ${days})`,
      `update ${sources} set through = '1' where id = '${orders}'`,
      `delete from ${runDays} where day = '2026-11-17'`,
    ];
    const seen = new Set([before.digest]);
    for (const change of changes) {
      await database.pool.query(change);
      seen.add((await digestOf(database.pool, schema)).digest);
    }
    expect(seen.size).toBe(4);
    await projection.stop();
    await log.close();
  });
});

async function strike(
  blow: Blow,
  { start, stop }: { start: () => Promise<void>; stop: () => Promise<void> },
): Promise<void> {
  const harm = async (sql: (tables: { days: string; runs: string }) => string): Promise<void> => {
    // There may be nothing to harm yet: an earlier blow is not over.
    const tables = await readTables(database.pool).catch(() => null);
    if (tables !== null) await database.pool.query(sql(tables)).catch(() => undefined);
  };
  switch (blow) {
    case 'none':
      return;
    case 'restart':
      await stop();
      return start();
    case 'second runner':
      return start();
    case 'drop table':
      return harm(({ days }) => `drop table if exists ${days}`);
    case 'truncate':
      return harm(({ runs }) => `truncate ${runs}`);
    case 'drop schema':
      await database.pool.query(`drop schema if exists ${quoted} cascade`);
      return;
    case 'rebuild':
      await requestRebuild(database.pool, schema);
  }
}

async function digestAt(position: string): Promise<ViewDigest> {
  const views = createViews({ pool: database.pool, schema });
  for (let looks = 0; looks < 100; looks += 1) {
    expect(await views.reached(position, 20_000)).toBe(true);
    const found = await digestOf(database.pool, schema).catch(() => null);
    if (found?.position === position) return found;
  }
  throw new Error('the views never came to rest');
}
