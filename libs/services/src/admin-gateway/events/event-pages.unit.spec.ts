import { describe, expect, it } from '@jest/globals';
import { encodeEvent } from '@daymark/contracts';
import { streamId, type EventLog } from '@daymark/event-log';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import { eventPage } from './event-pages';

const id = (n: number) => `6f6ad1c4-5c0c-4f10-9a7d-${String(n).padStart(12, '0')}`;

describe('a page of events', () => {
  it('goes on where the log gives fewer at once than it was asked for, because they are large', async () => {
    const log = createMemoryEventLog();
    const context = {
      commandId: id(1),
      correlationId: id(1),
      actor: 'somebody',
      occurredAt: '2026-11-23T02:00:00Z',
    };
    for (let n = 1; n <= 7; n += 1) {
      const event = { type: 'SourceRecovered', data: { sourceId: id(100 + n) } } as const;
      await log.append(streamId('source', id(100 + n)), [encodeEvent(event, id(n), context)], {
        kind: 'noStream',
      });
    }
    const short: Pick<EventLog, 'page'> = {
      page: (from, filter, limit) => log.page(from, filter, Math.min(limit, 2)),
    };
    const all = await eventPage(short, { after: 'start', sourceId: undefined, limit: 100 });
    expect(all.items).toHaveLength(7);
    expect(all.nextCursor).toBeNull();
    await log.close();
  });
});
