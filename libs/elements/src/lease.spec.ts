import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SnapshotSession } from '@daymark/sources';
import { Pool } from 'pg';
import { createElements, type Lease } from './index';
import { sessionName } from './lease';
import {
  copier,
  D,
  faultOf,
  memorySource,
  openTarget,
  row,
  rows,
  until,
  whole,
  type Target,
} from '../test/bench';

let target: Target;

beforeAll(async () => {
  target = await openTarget();
});
afterAll(() => target.dispose());

const idle = { daysDone: 0, daysTotal: null, elementsRead: 0, period: null, days: [], problem: null };

function wanted(sourceId: string): { sourceId: string; runId: string; holder: string } {
  return { sourceId, runId: randomUUID(), holder: randomUUID() };
}

/** Nobody waits for ten seconds here: the heartbeat is put into the past instead. */
async function expire({ sourceId }: Pick<Lease, 'sourceId'>): Promise<void> {
  await target.sql(
    `UPDATE elements.leases SET expires_at = now() - interval '1 second' WHERE source_id = $1`,
    [sourceId],
  );
}

async function sessionsOf(sourceId: string): Promise<string[]> {
  const found = await target.sql('SELECT pid::text FROM pg_stat_activity WHERE application_name LIKE $1', [
    `daymark run ${sourceId} %`,
  ]);
  return found.map(({ pid }) => pid ?? '');
}

describe('the sessions of a run', () => {
  it('go by a name that two installations in one database do not share', () => {
    const sourceId = randomUUID();
    const names = ['elements', 'other_elements'].map((elements) =>
      sessionName({ elements, copy: 'copy' }, sourceId),
    );
    expect(new Set(names).size).toBe(2);
    for (const name of names) {
      expect(name).toContain(sourceId);
      expect(Buffer.byteLength(name)).toBeLessThan(64);
    }
  });
});

describe('a lease', () => {
  it('is not given while the heartbeat stands, and is once it has run out', async () => {
    const { elements } = target;
    const sourceId = randomUUID();
    const first = await elements.acquire(wanted(sourceId));
    expect(first).toMatchObject({ sourceId, token: '1' });
    expect(await elements.acquire(wanted(sourceId))).toBeNull();
    expect(await elements.renew(first!, idle)).toBe(true);
    expect(await elements.acquire(wanted(sourceId))).toBeNull();
    await expire(first!);
    const second = await elements.acquire(wanted(sourceId));
    expect(second).toMatchObject({ sourceId, token: '2' });
    expect(await elements.renew(first!, idle)).toBe(false);
    expect(await elements.renew(second!, idle)).toBe(true);
  });

  it('is free at once when it was given back, and the token still rises', async () => {
    const { elements } = target;
    const sourceId = randomUUID();
    const first = await elements.acquire(wanted(sourceId));
    await elements.release(first!);
    const second = await elements.acquire(wanted(sourceId));
    expect(second?.token).toBe('2');
    await elements.release(first!);
    expect(await elements.acquire(wanted(sourceId))).toBeNull();
  });

  it('is not given while as many sources are held as may be, whoever asks at once', async () => {
    const { elements } = target;
    await target.sql('DELETE FROM elements.leases');
    const sources = Array.from({ length: 8 }, () => randomUUID());
    const ask = (sourceId: string) => elements.acquire({ ...wanted(sourceId), atMost: 3 });
    const got = (await Promise.all(sources.map(ask))).filter((lease) => lease !== null);
    expect(got).toHaveLength(3);
    await elements.release(got[0]!);
    await expire(got[1]!);
    const more = (await Promise.all(sources.map(ask))).filter((lease) => lease !== null);
    expect(more).toHaveLength(2);
    for (const { sourceId } of [...got, ...more]) await expire({ sourceId });
  });

  it('that was taken over drops nothing, and makes no table again', async () => {
    const { elements } = target;
    const copy = await copier(target, memorySource(rows(1, 3)).connector, { name: 'taken_over' });
    await copy.commit();
    await expire(copy.lease);
    const next = await elements.acquire(wanted(copy.sourceId));
    expect(await faultOf(elements.drop(copy.lease))).toBe('RUN_FENCED');
    expect((await elements.summaries(copy.sourceId)).size).toBe(1);
    await elements.drop(next!);
    const source = {
      name: 'taken_over',
      description: (await memorySource([]).connector.open({ hashes: ['md5'] })).description,
    };
    expect(await faultOf(elements.openRun(copy.lease, source))).toBe('RUN_FENCED');
    expect(await elements.stored(copy.sourceId)).toBeNull();
    await elements.release(next!);
  });

  it('goes to one of many who ask at once', async () => {
    const sourceId = randomUUID();
    const asked = Array.from({ length: 6 }, () => target.elements.acquire(wanted(sourceId)));
    const got = (await Promise.all(asked)).filter((lease) => lease !== null);
    expect(got).toHaveLength(1);
    await expire({ sourceId });
    const again = Array.from({ length: 6 }, () => target.elements.acquire(wanted(sourceId)));
    const taken = (await Promise.all(again)).filter((lease) => lease !== null);
    expect(taken).toHaveLength(1);
    expect(taken[0]?.token).toBe('2');
  });

  it('shows how far its holder has got, as long as the heartbeat stands', async () => {
    const { elements } = target;
    const lease = await elements.acquire(wanted(randomUUID()));
    const mine = async () => (await elements.leases()).find(({ sourceId }) => sourceId === lease?.sourceId);
    expect(await mine()).toEqual({ ...idle, sourceId: lease?.sourceId, runId: lease?.runId });
    const progress = {
      daysDone: 2,
      daysTotal: 7,
      elementsRead: 120,
      period: { from: '2026-03-01', to: '2026-03-07' },
      days: [D],
      problem: { code: 'SOURCE_UNREACHABLE', detail: 'The cable was pulled.' },
    };
    await elements.renew(lease!, progress);
    expect(await mine()).toMatchObject(progress);
    await expire(lease!);
    expect(await mine()).toBeUndefined();
    await elements.acquire(wanted(lease!.sourceId));
    expect(await mine()).toMatchObject(idle);
  });
});

describe('fencing', () => {
  it('ends the old holder’s sessions at a takeover', async () => {
    const source = memorySource(rows(1, 3));
    const old = await copier(target, source.connector);
    const session = await old.open();
    const run = await target.elements.openRun(old.lease, { name: 'old', description: session.description });
    expect(await sessionsOf(old.sourceId)).not.toEqual([]);
    await expire(old.lease);
    const next = await copier(target, source.connector, { sourceId: old.sourceId, name: 'old' });
    await until(async () => (await sessionsOf(old.sourceId)).length === 0, 'the old session to end');
    expect(await faultOf(run.commit(session, await whole(session, {})))).toBe('TARGET_UNAVAILABLE');
    expect(await target.elements.summaries(old.sourceId)).toEqual(new Map());
    await run.close();
    expect((await next.commit()).elements).toBe(3);
  });

  it('refuses the old holder’s commit, also on a session that nobody ended, and nothing of it is left', async () => {
    const source = memorySource(rows(1, 3));
    const old = await copier(target, source.connector, { name: 'fenced' });
    await old.commit();
    source.put(row(2, { note: 'changed' }));
    await expire(old.lease);
    const next = await copier(target, source.connector, { sourceId: old.sourceId, name: 'fenced' });
    expect(await faultOf(old.commit())).toBe('RUN_FENCED');
    expect(await faultOf(old.commit({ day: '2026-03-02' }))).toBe('RUN_FENCED');
    const [changed] = await target.sql(
      `SELECT count(*)::text FROM ${await old.table()} WHERE note = 'changed'`,
    );
    expect(changed).toEqual({ count: '0' });
    expect([...(await target.elements.summaries(old.sourceId)).keys()]).toEqual([D]);
    expect((await next.commit()).counts).toMatchObject({ changed: 1 });
  });

  it('lets a takeover in the middle of a day win: the day is rolled back', async () => {
    const source = memorySource(rows(1, 3));
    const old = await copier(target, source.connector, { name: 'middle' });
    const session = await old.open();
    const run = await target.elements.openRun(old.lease, {
      name: 'middle',
      description: session.description,
    });
    // The stream of elements goes on only when another holder has the source.
    const slow: SnapshotSession = {
      ...session,
      elements: (day) => {
        const lines = session.elements(day);
        return Readable.from(
          (async function* () {
            await expire(old.lease);
            await target.sql(`UPDATE elements.fences SET token = token + 1 WHERE source_id = $1`, [
              old.sourceId,
            ]);
            yield* lines;
          })(),
          { objectMode: false },
        );
      },
    };
    expect(await faultOf(run.commit(slow, await whole(session, {})))).toBe('RUN_FENCED');
    const [left] = await target.sql(`SELECT count(*)::text FROM ${await old.table()}`);
    expect(left).toEqual({ count: '0' });
    await run.close();
    await session.close();
  });

  it('a commit that is past its check makes a takeover wait, so that the new holder sees it', async () => {
    const source = memorySource(rows(1, 3));
    const old = await copier(target, source.connector, { name: 'past' });
    await old.commit();
    await expire(old.lease);
    const holder = await target.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM elements.fences WHERE source_id = $1 FOR SHARE', [old.sourceId]);
    let taken = false;
    const takeover = target.elements.acquire(wanted(old.sourceId)).then((lease) => {
      taken = true;
      return lease;
    });
    await until(async () => {
      const [waiting] =
        await target.sql(`SELECT count(*)::text FROM pg_stat_activity WHERE wait_event_type = 'Lock'
        AND datname = current_database()`);
      return waiting?.['count'] !== '0';
    }, 'the takeover to wait');
    expect(taken).toBe(false);
    await holder.query('COMMIT');
    holder.release();
    expect((await takeover)?.token).toBe('2');
  });
});

describe('a connection to the target that is lost', () => {
  async function endBackends(where: string): Promise<void> {
    await target.sql(`SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE pid <> pg_backend_pid()
      AND datname = current_database() AND ${where}`);
  }

  /** Streams a few rows, then waits for what the spec does meanwhile. */
  function interrupted(stream: Readable, meanwhile: () => Promise<void>): Readable {
    return Readable.from(
      (async function* () {
        for await (const chunk of stream) {
          yield chunk as Buffer;
          await meanwhile();
        }
      })(),
      { objectMode: false },
    );
  }

  it('during a comparison is told as one that may pass, and does not end the process', async () => {
    const copy = await copier(target, memorySource(rows(1, 3)).connector, { name: 'lost' });
    await copy.commit();
    const session = await copy.open();
    const busy = {
      fingerprints: (day: string) =>
        interrupted(session.fingerprints(day), () => endBackends(`query ILIKE '%daymark_fingerprints%'`)),
    };
    expect(await faultOf(target.elements.compare(copy.sourceId, busy, D))).toBe('TARGET_UNAVAILABLE');
    await session.close();
    expect((await target.elements.summaries(copy.sourceId)).size).toBe(1);
  });

  it('during a COPY is told as one that may pass, and nothing is left', async () => {
    const copy = await copier(target, memorySource(rows(1, 3)).connector, { name: 'lost_too' });
    const session = await copy.open();
    const run = await target.elements.openRun(copy.lease, {
      name: 'lost_too',
      description: session.description,
    });
    const cut = {
      ...session,
      elements: (day: string) =>
        interrupted(session.elements(day), () => endBackends(`application_name LIKE 'daymark run %'`)),
    };
    expect(await faultOf(run.commit(cut, await whole(session, {})))).toBe('TARGET_UNAVAILABLE');
    await run.close();
    await session.close();
    expect((await copy.commit()).revision).toBe(1);
  });

  it('that cannot even be made is told as one that may pass', async () => {
    const copy = await copier(target, memorySource(rows(1, 1)).connector, { name: 'no_way' });
    const nowhere = 'postgresql://nobody@127.0.0.1:1/nothing';
    const pool = new Pool({ connectionString: nowhere });
    const lost = createElements({ pool, url: nowhere, schemas: { elements: 'elements', copy: 'copy' } });
    const session = await copy.open();
    const { description } = session;
    expect(await faultOf(lost.compare(copy.sourceId, session, D))).toBe('TARGET_UNAVAILABLE');
    expect(await faultOf(lost.openRun(copy.lease, { name: 'no_way', description }))).toBe(
      'TARGET_UNAVAILABLE',
    );
    expect(await faultOf(lost.acquire(wanted(copy.sourceId)))).toBe('TARGET_UNAVAILABLE');
    expect(await faultOf(lost.summaries(copy.sourceId))).toBe('TARGET_UNAVAILABLE');
    await session.close();
    await pool.end();
  });
});
