import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import type { EventLog } from '@daymark/event-log';
import { openDatabase, tell, type Database } from '../../test/database';
import { quoted, readTables, schema, until } from '../../test/stored-views';
import { registered, wholeLife } from '../../test/stories';
import { keepsUp } from './lag';
import { startProjection, type Projection } from './projection';

let database: Database;
let log: EventLog;
let projection: Projection;

beforeEach(async () => {
  database = await openDatabase();
  log = createMemoryEventLog({ clock: () => '2026-11-20T03:00:00.000Z' });
  projection = await startProjection({ log, pool: database.pool, schema, inspectEveryMs: 50 });
});

afterEach(async () => {
  await projection.stop();
  await log.close();
  await database.close();
});

const later = '2026-11-20T03:00:42.000Z';

describe('the lag of the views', () => {
  it('is nothing over an empty log, and once all is folded', async () => {
    expect(await projection.lag(later)).toEqual({ position: null, head: null, seconds: 0, stillSeconds: 0 });
    const position = await tell(log, wholeLife);
    await projection.reached(position, 10_000);
    expect(await projection.lag(later)).toEqual({ position, head: position, seconds: 0, stillSeconds: 0 });
  });

  it('is the age of the first event that is not folded; a standstill is seen as long as it lasts', async () => {
    const position = await tell(log, [registered()]);
    await projection.reached(position, 10_000);
    const { sources } = await readTables(database.pool);
    await database.pool.query(`alter table ${sources} add constraint closed check (id = '') not valid`);
    const head = await tell(log, wholeLife);
    const first = await projection.lag(later);
    expect(first).toEqual({ position, head, seconds: 42, stillSeconds: 0 });
    expect(keepsUp(first)).toBe(false);
    await until(async () => (await projection.lag(later)).stillSeconds > 0.1);
    expect((await projection.lag('2026-11-20T02:00:00Z')).seconds).toBe(0);
    await database.pool.query(`alter table ${sources} drop constraint closed`);
    await projection.reached(head, 20_000);
    expect(await projection.lag(later)).toMatchObject({ position: head, seconds: 0, stillSeconds: 0 });
  });

  it('is that of the whole log while there is nothing to read', async () => {
    const head = await tell(log, [registered()]);
    await projection.reached(head, 10_000);
    await projection.stop();
    await database.pool.query(`drop schema ${quoted} cascade`);
    expect(await projection.lag(later)).toMatchObject({ position: null, head, seconds: 42 });
  });
});

describe('the rule of readiness', () => {
  const caughtUp = { position: '2', head: '2', seconds: 0, stillSeconds: 0 };
  it.each([
    ['caught up', {}, true],
    ['ten seconds behind', { seconds: 10 }, true],
    ['more than that', { seconds: 10.1 }, false],
    ['still for less than a minute', { stillSeconds: 59.9 }, true],
    ['still for a minute, whatever the clocks say', { stillSeconds: 60 }, false],
  ])('%s', (_, over, ready) => {
    expect(keepsUp({ ...caughtUp, ...over })).toBe(ready);
  });
});
