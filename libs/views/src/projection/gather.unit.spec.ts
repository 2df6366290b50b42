import { describe, expect, it } from '@jest/globals';
import type { Batch, EventLog } from '@daymark/event-log';
import { createMemoryEventLog } from '@daymark/event-log/memory';
import { tell } from '../../test/database';
import { count, polled, registered } from '../../test/stories';
import { gather } from './gather';

const many = (events: number) => [
  registered(),
  ...Array.from({ length: events - 1 }, (_, index) => polled([count('2026-11-18', { new: index })])),
];

describe('gathering batches', () => {
  it('joins what is there, in order, each event once', async () => {
    const log = createMemoryEventLog();
    const last = await tell(log, many(1_234));
    const leaving = new AbortController();
    const sizes: number[] = [];
    const positions: string[] = [];
    for await (const batch of gather(log, 'start', { most: 500, signal: leaving.signal })) {
      sizes.push(batch.events.length);
      positions.push(...batch.events.map((event) => event.position));
      expect(batch.position).toBe(positions.at(-1));
      if (batch.position === last) leaving.abort();
      // What is fetched while the caller works comes together.
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(positions).toHaveLength(1_234);
    expect([...positions].sort()).toEqual(positions);
    expect(new Set(positions).size).toBe(1_234);
    expect(Math.max(...sizes)).toBe(500);
  });

  it('does not hold a live event back', async () => {
    const log = createMemoryEventLog();
    const leaving = new AbortController();
    const batches = gather(log, 'start', { most: 500, signal: leaving.signal });
    const first = batches.next();
    await tell(log, [registered()]);
    expect((await first).value?.events).toHaveLength(1);
    await batches.return();
  });

  it('can be left while the log is silent', async () => {
    const log = createMemoryEventLog();
    await tell(log, [registered()]);
    const signal = new AbortController().signal;
    for await (const _ of gather(log, 'start', { most: 500, signal })) break;
  });

  it('tells a failure when it is asked for, not before', async () => {
    const log = createMemoryEventLog();
    await tell(log, [registered()]);
    const [event] = await log.page('start', 'all', 1);
    const batch: Batch = { events: [event!], position: event!.position };
    const failing: Pick<EventLog, 'subscribe'> = {
      async *subscribe() {
        yield batch;
        await Promise.reject(new Error('the log is gone'));
      },
    };
    const signal = new AbortController().signal;
    const batches = gather({ ...log, ...failing }, 'start', { most: 1, signal });
    expect((await batches.next()).value).toEqual(batch);
    await new Promise((resolve) => setImmediate(resolve));
    await expect(batches.next()).rejects.toThrow('the log is gone');
  });
});
