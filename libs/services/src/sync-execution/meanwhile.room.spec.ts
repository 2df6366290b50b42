import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SUBJECTS, type LiveRun } from '@daymark/contracts';
import { SourceFault } from '@daymark/sources';
import type { MemorySource } from '@daymark/sources/memory';
import { EARLIER, openHouse, row, rows, TODAY, until, YESTERDAY, type House } from '../../test/house';

let house: House;
let source: MemorySource;
let id: string;

beforeEach(async () => {
  house = await openHouse();
  await house.openPolling();
  await house.openExecution();
  source = house.memory('orders', [
    ...rows(EARLIER, 1, 6),
    ...rows(YESTERDAY, 11, 16),
    ...rows(TODAY, 21, 26),
  ]);
  id = await house.register('orders');
});
afterEach(() => house.close());

const pulled = new SourceFault('SOURCE_UNREACHABLE', 'The cable was pulled.', { retryable: true });

async function live(runId: string): Promise<LiveRun | undefined> {
  const found = await house.messenger.ask<LiveRun[]>(
    SUBJECTS.liveRuns,
    { runIds: [runId] },
    { timeoutMs: 5_000 },
  );
  return found[0];
}

describe('a poll between the days of a run', () => {
  it('says what is left by then, and is never contradicted by what the log says later', async () => {
    source.failAt({ step: 'elements', day: TODAY, fault: pulled, times: 1_000_000 });
    const { runId } = await house.request(id);
    await until(async () => (await house.summaries(id)).size === 2, 'two days to be committed');
    await until(
      async () => (await live(runId))?.problem?.code === 'SOURCE_UNREACHABLE',
      'the fault to be shown',
    );
    await until(async () => {
      await house.refresh(id);
      return (await house.status(id)).pending.total === 6;
    }, 'the status to say what is left');
    source.insert(row(30, TODAY));
    source.put(row(1, EARLIER, 'late'));
    // The run ends with a snapshot that has seen both: none that was taken before is still in use.
    await until(() => Promise.resolve(source.openSessions() === 0), 'older snapshots to be given up');
    await until(async () => {
      await house.refresh(id);
      return (await house.status(id)).held.total === 1;
    }, 'the status to say what is held');
    source.heal();
    expect((await house.ended(runId)).type).toBe('SyncCompleted');
    const atTheEnd = await house.status(id);
    await house.refresh(id);
    expect(await house.status(id)).toEqual(atTheEnd);
    expect(atTheEnd).toMatchObject({ pending: { total: 0 }, held: { total: 1, changed: 1 } });
  });
});

describe('a target', () => {
  it('that ends the run’s sessions in the middle is sat out', async () => {
    const { connector } = source;
    let cut = 0;
    house.place('orders', {
      open: async (options) => {
        const session = await connector.open(options);
        return {
          ...session,
          elements: (day, keys) => {
            if ((cut += 1) <= 2)
              void house.sql(`SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
              WHERE application_name LIKE 'daymark run %' AND datname = current_database()`);
            return session.elements(day, keys);
          },
        };
      },
    });
    expect((await house.run(id)).type).toBe('SyncCompleted');
    expect(await house.copied('orders')).toHaveLength(18);
    for (const summary of (await house.summaries(id)).values()) expect(summary.revision).toBe(1);
    expect((await house.status(id)).pending.total).toBe(0);
  });

  it('that changes what it stores fails that day after a second try, and no other', async () => {
    await house.run(id, { type: 'day', day: EARLIER });
    const [table] = await house.sql('SELECT table_name FROM elements.source_tables');
    await house.sql(`CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.id = 12 THEN NEW.note := 'meddled'; END IF; RETURN NEW; END $$`);
    await house.sql(`CREATE TRIGGER meddle BEFORE INSERT ON elements."${table?.['table_name'] ?? ''}"
      FOR EACH ROW EXECUTE FUNCTION meddle()`);
    let streams = 0;
    const { connector } = source;
    house.place('orders', {
      open: async (options) => {
        const session = await connector.open(options);
        return {
          ...session,
          elements: (day, keys) => ((streams += day === YESTERDAY ? 1 : 0), session.elements(day, keys)),
        };
      },
    });
    const end = await house.run(id);
    expect(end).toMatchObject({ type: 'SyncFailed', data: { problem: { code: 'DAY_DIGEST_MISMATCH' } } });
    expect(
      end.type === 'SyncFailed' && end.data.days.filter(({ outcome }) => outcome === 'failed'),
    ).toMatchObject([{ day: YESTERDAY }]);
    expect(streams).toBe(2);
    expect([...(await house.summaries(id)).keys()]).toEqual([EARLIER, TODAY]);
    expect((await house.status(id)).pending).toMatchObject({ total: 6, days: [{ day: YESTERDAY }] });
  });
});
