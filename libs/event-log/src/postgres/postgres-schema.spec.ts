import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import type { Client } from 'pg';
import type { EventLog } from '../port';
import { streamId } from '../stream-id';
import { noStream, samples } from '../testing/samples';
import { operatorOf } from '../../test/database.fixture';
import { migratePostgresEventLog, openPostgresEventLog } from './index';

jest.setTimeout(60_000);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let operator: Client;
let log: EventLog;

beforeAll(async () => {
  database = await createTestDatabase();
  operator = await operatorOf(database.url);
  await migratePostgresEventLog({ connection: database.url, schema: 'kept' });
  log = await openPostgresEventLog({ connection: database.url, schema: 'kept' });
  await log.append(streamId('run', 'kept'), samples(3), noStream);
});

afterAll(async () => {
  await log.close();
  await operator.end();
  await database.drop();
});

describe('the table of events', () => {
  const row = `0, 'run-kept', 0, 'run', gen_random_uuid(), 'T', '{}', '{}', 4, now()`;

  it.each([
    `update kept.events set type = 'Changed'`,
    `update kept.events set type = 'Changed' where false`,
    `delete from kept.events where revision = 2`,
    `delete from kept.events where false`,
    `truncate kept.events`,
    `truncate kept.events cascade`,
    `insert into kept.events values (${row}) on conflict (stream, revision) do update set type = 'Changed'`,
  ])('refuses its owner and the superuser: %s', async (change) => {
    for (const role of ['origin', 'replica', 'local']) {
      await operator.query(`set session_replication_role = ${role}`);
      await expect(operator.query(change)).rejects.toMatchObject({ code: '23001' });
    }
    await operator.query('reset session_replication_role');
    expect((await log.read(streamId('run', 'kept'))).events).toHaveLength(3);
  });

  it('refuses to be appended to under an isolation that would read behind the lock', async () => {
    const append = `select * from kept.append(array['run-x'], array[-1], array[1],
      array[gen_random_uuid()], array['T'], array['{}'::json], array['{}'::json])`;
    await operator.query('begin isolation level repeatable read');
    await expect(operator.query(append)).rejects.toMatchObject({ code: '0A000' });
    await operator.query('rollback');
  });

  it('reads a category by its index', async () => {
    await operator.query('set enable_seqscan = off');
    const { rows } = await operator.query<{ 'QUERY PLAN': string }>(
      `explain select * from kept.events where category = 'run' and position > 1 order by position limit 10`,
    );
    const plan = rows.map((line) => line['QUERY PLAN']).join('\n');
    expect(plan).toContain('events_category_position');
    expect(plan).not.toContain('Sort');
  });
});

describe('migrations', () => {
  it('may run many times at once, and again', async () => {
    const options = { connection: database.url, schema: 'together' };
    await Promise.all(Array.from({ length: 6 }, () => migratePostgresEventLog(options)));
    const together = await openPostgresEventLog(options);
    await together.append(streamId('run', 'a'), samples(1), noStream);
    await migratePostgresEventLog(options);
    expect(await together.page('start', 'all', 10)).toHaveLength(1);
    await together.close();
    const { rows } = await operator.query('select number, name from together.migrations');
    expect(rows).toEqual([{ number: 1, name: 'event-log' }]);
  });

  it('are asked for by name: a schema without them does not open', async () => {
    const opening = openPostgresEventLog({ connection: database.url, schema: 'never_migrated' });
    await expect(opening).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: false });
  });

  it.each(['', 'Upper', '1st', 'a"b', 'a;drop table x', 'ä', 'x'.repeat(49)])(
    'refuse "%s" as a schema',
    async (schema) => {
      await expect(migratePostgresEventLog({ connection: database.url, schema })).rejects.toBeInstanceOf(
        RangeError,
      );
      await expect(openPostgresEventLog({ connection: database.url, schema })).rejects.toBeInstanceOf(
        RangeError,
      );
    },
  );

  it('accept a schema whose name is a word of SQL', async () => {
    const options = { connection: database.url, schema: 'select' };
    await migratePostgresEventLog(options);
    const reserved = await openPostgresEventLog(options);
    expect(await reserved.append(streamId('run', 'a'), samples(1), noStream)).toMatchObject({
      kind: 'appended',
    });
    await reserved.close();
  });
});
