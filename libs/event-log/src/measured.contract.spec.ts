import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { measuredEventLog, type EventLogMeter } from './measured';
import { createMemoryEventLog, createMemoryLogStore, openMemoryEventLog } from './memory';
import type { EventLog, NewEvent } from './port';
import { streamId } from './stream-id';
import { describeEventLog } from './testing';

const deaf: EventLogMeter = {
  appended: () => undefined,
  conflicted: () => undefined,
  failed: () => undefined,
  followsFromStart: () => undefined,
  followed: () => undefined,
};

describeEventLog('a measured log', () => {
  const store = createMemoryLogStore();
  return Promise.resolve({
    open: () => Promise.resolve(measuredEventLog(openMemoryEventLog(store), deaf, () => 0)),
    dispose: () => Promise.resolve(),
  });
});

function heard(): { told: unknown[]; meter: EventLogMeter } {
  const told: unknown[] = [];
  return {
    told,
    meter: {
      appended: (types, seconds) => told.push(['appended', types, seconds]),
      conflicted: (seconds) => told.push(['conflicted', seconds]),
      failed: (code, seconds) => told.push(['failed', code, seconds]),
      followsFromStart: () => told.push(['from start']),
      followed: (events) => told.push(['followed', events]),
    },
  };
}

/** Half a second goes by between two looks at the clock. */
function steps(): () => number {
  let ms = 0;
  return () => (ms += 500);
}

const event = (type: string): NewEvent => ({ id: randomUUID(), type, data: {}, metadata: {} });
const stream = streamId('run', '1');

describe('measuredEventLog', () => {
  it('tells of appends, conflicts and faults, each with its time', async () => {
    const { told, meter } = heard();
    const log = measuredEventLog(createMemoryEventLog(), meter, steps());
    await log.append(stream, [event('A'), event('B')], { kind: 'noStream' });
    await log.append(stream, [event('C')], { kind: 'noStream' });
    await expect(log.append(stream, [], { kind: 'any' })).rejects.toThrow();
    const broken: EventLog = { ...log, append: () => Promise.reject(new Error('canary')) };
    const again = measuredEventLog(broken, meter, steps());
    await expect(again.append(stream, [event('D')], { kind: 'any' })).rejects.toThrow('canary');
    expect(told).toEqual([
      ['appended', ['A', 'B'], 0.5],
      ['conflicted', 0.5],
      ['failed', 'EVENT_INVALID', 0.5],
      ['failed', 'UNKNOWN', 0.5],
    ]);
  });

  it('tells of a batch once more is asked for', async () => {
    const { told, meter } = heard();
    const log = measuredEventLog(createMemoryEventLog(), meter, steps());
    const first = await log.append(stream, [event('A')], { kind: 'any' });
    if (first.kind === 'conflict') throw new Error('nothing was appended');
    await log.append(stream, [event('B'), event('C')], { kind: 'any' });
    told.length = 0;
    const abort = new AbortController();
    for await (const batch of log.subscribe('start', 'all', abort.signal)) {
      const seen = batch.events.some(({ type }) => type === 'C');
      expect(told).toEqual([['from start']]);
      if (seen) abort.abort();
    }
    expect(told).toEqual([['from start'], ['followed', 3]]);
    const later = new AbortController();
    for await (const { events } of log.subscribe(first.position, 'all', later.signal)) {
      expect(events).toHaveLength(2);
      later.abort();
    }
    expect(told.slice(2)).toEqual([['followed', 2]]);
  });
});
