import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import type { Client } from 'pg';
import type { EventLog } from '../port';
import { streamId } from '../stream-id';
import { Follower } from '../testing/follower';
import {
  anyRevision,
  exactly,
  idsOf,
  noStream,
  placesOf,
  samples,
  strictlyGrowing,
} from '../testing/samples';
import { appendUntilAnswered, eventually, operatorOf, terminate, wireTo } from '../../test/database.fixture';
import { migratePostgresEventLog, openPostgresEventLog, type PostgresEventLogOptions } from './index';

const applicationName = 'event-log-under-test';
const appendSql = `select * from faulty.append($1, $2, $3, $4, $5, $6, $7)`;

jest.setTimeout(60_000);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let operator: Client;
let handles: EventLog[] = [];

async function open(options: Partial<PostgresEventLogOptions> = {}): Promise<EventLog> {
  const log = await openPostgresEventLog({
    connection: database.url,
    schema: 'faulty',
    applicationName,
    ...options,
  });
  handles.push(log);
  return log;
}

async function listening(): Promise<number> {
  const { rows } = await operator.query(
    `select pid from pg_stat_activity where application_name = $1 and query like 'listen %' and state = 'idle'`,
    [applicationName],
  );
  return rows.length;
}

beforeAll(async () => {
  database = await createTestDatabase();
  operator = await operatorOf(database.url);
});

beforeEach(async () => {
  await operator.query('drop schema if exists faulty cascade');
  await migratePostgresEventLog({ connection: database.url, schema: 'faulty' });
});

afterEach(async () => {
  await Promise.all(handles.map((log) => log.close()));
  handles = [];
});

afterAll(async () => {
  await operator.end();
  await database.drop();
});

describe('an append held open', () => {
  const held = streamId('run', 'held');
  const values = [[held], ['-1'], [1], ['00000000-0000-4000-9000-000000000001'], ['Held'], ['{}'], ['{}']];

  it('lets no later append, and so no subscriber, pass it', async () => {
    const log = await open();
    const follower = new Follower(log, 'start');
    const other = await open();
    await other.append(streamId('run', 'before'), samples(1), noStream);
    await operator.query('begin');
    await operator.query(appendSql, values);
    const after = other.append(streamId('run', 'after'), samples(1), noStream);
    await eventually(async () => (await waitingForTheLock()) === 1);
    await follower.until(1);
    expect(await log.page('start', 'all', 10)).toHaveLength(1);
    await operator.query('commit');
    await after;
    await follower.until(3);
    const seen = await follower.stop();
    expect(seen.map((event) => event.stream)).toEqual(['run-before', 'run-held', 'run-after']);
    expect(strictlyGrowing(seen.map((event) => event.position))).toBe(true);
  });

  it('leaves nothing behind when it is rolled back, and no position is given twice', async () => {
    const log = await open();
    await operator.query('begin');
    await operator.query(appendSql, values);
    const after = log.append(held, samples(1), noStream);
    await eventually(async () => (await waitingForTheLock()) === 1);
    await operator.query('rollback');
    expect(await after).toMatchObject({ kind: 'appended', revision: 0n });
    expect(await log.page('start', 'all', 10)).toHaveLength(1);
  });

  it('is waited for no longer than the time-out; a retry is one copy', async () => {
    const log = await open({ timeoutMilliseconds: 200 });
    const batch = samples(2);
    await operator.query('begin');
    await operator.query(appendSql, values);
    const refused = { code: 'LOG_UNAVAILABLE', retryable: true };
    await expect(log.append(streamId('run', 'late'), batch, noStream)).rejects.toMatchObject(refused);
    await operator.query('commit');
    await log.append(streamId('run', 'late'), batch, noStream);
    expect(idsOf((await log.read(streamId('run', 'late'))).events)).toEqual(idsOf(batch));
  });

  it('does not hold up the log of another schema', async () => {
    await migratePostgresEventLog({ connection: database.url, schema: 'faultless' });
    const other = await open({ schema: 'faultless' });
    await operator.query('begin');
    await operator.query(appendSql, values);
    expect(await other.append(held, samples(1), noStream)).toMatchObject({ kind: 'appended' });
    await operator.query('commit');
    expect(await other.page('start', 'all', 10)).toHaveLength(1);
    const mine = await (await open()).read(held);
    expect(mine.events.map((event) => event.type)).toEqual(['Held']);
  });

  async function waitingForTheLock(): Promise<number> {
    const { rows } = await operator.query(
      `select 1 from pg_locks where locktype = 'advisory' and not granted
         and database = (select oid from pg_database where datname = current_database())`,
    );
    return rows.length;
  }
});

describe('lost connections', () => {
  it('cost a subscriber neither a gap nor a repeat', async () => {
    const faults: unknown[] = [];
    const log = await open({ onFault: (fault) => faults.push(fault) });
    const writer = await open({ applicationName: 'another-process' });
    const follower = new Follower(log, 'start');
    for (let round = 1; round <= 10; round += 1) {
      await writer.append(streamId('run', 'steady'), samples(3), anyRevision);
      await eventually(async () => (await listening()) === 1);
      await terminate(operator, applicationName);
      await writer.append(streamId('run', 'steady'), samples(2), anyRevision);
      await follower.until(round * 5);
    }
    await eventually(async () => (await listening()) === 1);
    const seen = await follower.stop();
    expect(placesOf(seen)).toEqual(placesOf(await writer.page('start', 'all', 100)));
    expect(faults[0]).toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true });
  });

  it('cost a writer that retries neither an event nor a second copy', async () => {
    const log = await open();
    const follower = new Follower(await open({ applicationName: 'another-process' }), 'start');
    const progress = { answered: 0, done: false };
    const killing = killWhileWriting(progress);
    const written = await Promise.all(
      Array.from({ length: 12 }, (_, writer) => writeTen(log, writer, progress)),
    );
    progress.done = true;
    expect(await killing).toBeGreaterThan(3);
    await follower.until(240);
    const seen = await follower.stop();
    expect(seen).toHaveLength(240);
    expect(new Set(idsOf(seen)).size).toBe(240);
    expect([...idsOf(seen)].sort()).toEqual(written.flat().sort());
    expect(strictlyGrowing(seen.map((event) => event.position))).toBe(true);
  });

  it('are not noticed for ever: a swallowed reply is an unknown outcome, and the retry finds the first one', async () => {
    const wire = await wireTo(database.url);
    const log = await open({ connection: wire.url, timeoutMilliseconds: 200 });
    const witness = await open();
    const batch = samples(3);
    const stream = streamId('run', 'swallowed');
    wire.mute();
    const refused = { code: 'LOG_UNAVAILABLE', retryable: true };
    await expect(log.append(stream, batch, noStream)).rejects.toMatchObject(refused);
    expect(idsOf((await witness.read(stream)).events)).toEqual(idsOf(batch));
    wire.unmute();
    expect(await log.append(stream, batch, noStream)).toMatchObject({ kind: 'appended', revision: 2n });
    expect((await witness.read(stream)).events).toHaveLength(3);
    await log.close();
    await wire.close();
  });

  interface Progress {
    answered: number;
    done: boolean;
  }

  /** Ends the writer's sessions each time that a few more appends got through. */
  async function killWhileWriting(progress: Progress): Promise<number> {
    let killed = 0;
    while (!progress.done) {
      const before = progress.answered;
      killed += await terminate(operator, applicationName);
      await eventually(async () => {
        await operator.query('select 1');
        return progress.done || progress.answered > before + 3;
      });
    }
    return killed;
  }

  async function writeTen(log: EventLog, writer: number, progress: Progress): Promise<string[]> {
    const ids: string[] = [];
    for (let turn = 0; turn < 10; turn += 1) {
      const events = samples(2);
      const expected = turn === 0 ? noStream : exactly(BigInt(turn * 2 - 1));
      const answer = await appendUntilAnswered(log, streamId('run', `w${writer}`), {
        events,
        expect: expected,
      });
      expect(answer).toMatchObject({ kind: 'appended', revision: BigInt(turn * 2 + 1) });
      progress.answered += 1;
      ids.push(...idsOf(events));
    }
    return ids;
  }
});

describe('a server that does not serve', () => {
  it('is unavailable, and worth another try', async () => {
    const nowhere = openPostgresEventLog({
      connection: 'postgresql://nobody@127.0.0.1:1/nowhere',
      schema: 'faulty',
    });
    await expect(nowhere).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true });
  });

  it('may be read while it is read-only', async () => {
    await (await open()).append(streamId('run', 'a'), samples(1), noStream);
    const name = new URL(database.url).pathname.slice(1);
    await operator.query(`alter database ${name} set default_transaction_read_only = on`);
    const log = await open();
    const append = log.append(streamId('run', 'b'), samples(1), noStream);
    await expect(append).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true });
    expect(await log.page('start', 'all', 10)).toHaveLength(1);
    await operator.query(`alter database ${name} reset default_transaction_read_only`);
  });

  it('is left without a session once the log is closed', async () => {
    const log = await open();
    const followers = [new Follower(log, 'start'), new Follower(log, 'start', ['run'])];
    await log.append(streamId('run', 'a'), samples(1), noStream);
    await Promise.all(followers.map((follower) => follower.until(1)));
    await log.close();
    await Promise.all(followers.map((follower) => follower.ended()));
    await eventually(async () => (await terminate(operator, applicationName)) === 0);
  });
});
