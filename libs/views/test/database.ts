import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { encodeEvent, sourceIdOf, type DaymarkEvent } from '@daymark/contracts';
import { streamId, type EventLog, type Position } from '@daymark/event-log';
import { createTestDatabase } from '@daymark/platform/testing';

export interface Database {
  readonly pool: Pool;
  /** Other sessions on the same database. */
  another(): Pool;
  close(): Promise<void>;
}

export async function openDatabase(): Promise<Database> {
  const { url, drop } = await createTestDatabase();
  const pools: Pool[] = [];
  const another = (): Pool => {
    const pool = new Pool({ connectionString: url, max: 4 });
    pool.on('error', () => undefined);
    pools.push(pool);
    return pool;
  };
  return {
    pool: another(),
    another,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()));
      await drop();
    },
  };
}

/**
 * Appends each event to a stream of its source or of its own; answers the position of the last. `told` is how many
 * were told before: each comes a minute after the one before.
 */
export async function tell(log: EventLog, events: readonly DaymarkEvent[], told = 0): Promise<Position> {
  let position: Position | undefined;
  for (const [index, event] of events.entries()) {
    const stored = encodeEvent(event, randomUUID(), {
      commandId: randomUUID(),
      correlationId: 'spec',
      actor: 'spec',
      occurredAt: `2026-11-20T03:${String((told + index) % 60).padStart(2, '0')}:00Z`,
    });
    const stream = streamId('source', sourceIdOf(event) ?? 'none');
    const appended = await log.append(stream, [stored], { kind: 'any' });
    if (appended.kind !== 'appended') throw new Error('nothing was appended');
    position = appended.position;
  }
  if (position === undefined) throw new Error('a story has an event at least');
  return position;
}
