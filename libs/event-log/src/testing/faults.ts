import { describe, expect, it } from '@jest/globals';
import { MAX_APPEND_BYTES, type JsonObject, type NewEvent, type Position, type StreamId } from '../port';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { exactly, freshId, noStream, sample, samples } from './samples';

const stream = streamId('run', 'refused');

/** What callers without types could hand over. */
function broken(data: unknown): JsonObject {
  return data as JsonObject;
}

function cyclic(): unknown {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  return cycle;
}

const id = freshId();
const invalid: Readonly<Record<string, readonly NewEvent[]>> = {
  'no event at all': [],
  'the same id twice': [
    { ...sample(), id },
    { ...sample(), id: id.toUpperCase() },
  ],
  'an id that is not a UUID': [{ ...sample(), id: 'event-1' }],
  'an empty type': [sample({}, '')],
  "a type of the log's own": [sample({}, '$metadata')],
  'a bigint': [sample(broken({ n: 1n }))],
  'a cycle': [sample(broken(cyclic()))],
  undefined: [sample(broken({ gone: undefined }))],
  NaN: [sample(broken({ n: Number.NaN }))],
  'a Date': [sample(broken({ at: new Date(0) }))],
  'a function': [sample(broken({ toJSON: () => ({}) }))],
  'an array as data': [sample(broken([]))],
};

const badNames = [
  '',
  'run',
  'run-',
  '-1',
  'Run-1',
  '$ce-run',
  'run-a b',
  'run-ä',
  `run-${'x'.repeat(201)}`,
  'run-a\u0000',
];

/** Point 13: what is refused, and by which name. */
export function describeFaults(bench: Bench): void {
  describe('faults', () => {
    it.each(Object.entries(invalid))('refuses %s', async (_, events) => {
      const valid = bench.log.append(streamId('run', 'valid'), samples(1), noStream);
      await expect(bench.log.append(stream, events, noStream)).rejects.toMatchObject({
        name: 'EventLogFault',
        code: 'EVENT_INVALID',
        retryable: false,
      });
      expect(await valid).toMatchObject({ kind: 'appended' });
      expect((await bench.log.read(stream)).revision).toBeNull();
    });

    it('refuses an append above the limit, in one event or in several, by bytes', async () => {
      const one = [sample({ text: 'ü'.repeat(MAX_APPEND_BYTES / 2) })];
      const several = Array.from({ length: 10 }, () => sample({ text: 'x'.repeat(MAX_APPEND_BYTES / 10) }));
      for (const events of [one, several]) {
        await expect(bench.log.append(stream, events, noStream)).rejects.toMatchObject({
          code: 'EVENT_TOO_LARGE',
        });
      }
      expect(await bench.log.head()).toBeNull();
    });

    it.each(badNames)('refuses %j as the name of a stream', async (name) => {
      const refused = { name: 'EventLogFault', code: 'STREAM_NAME_INVALID' };
      await expect(bench.log.append(name as StreamId, samples(1), noStream)).rejects.toMatchObject(refused);
      await expect(bench.log.read(name as StreamId)).rejects.toMatchObject(refused);
    });

    it('refuses a negative revision instead of widening it', async () => {
      for (const revision of [-1n, -2n]) {
        const append = bench.log.append(stream, samples(1), exactly(revision));
        await expect(append).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      }
    });

    it.each(['', 'end', '-1', '0x10'])('refuses %j as a position', async (position) => {
      const refused = { name: 'EventLogFault', code: 'POSITION_INVALID' };
      await expect(bench.log.page(position as Position, 'all', 1)).rejects.toMatchObject(refused);
      const subscription = bench.log.subscribe(position as Position, 'all', new AbortController().signal);
      await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
    });
  });
}
