import { describe, expect, it } from '@jest/globals';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { anyRevision, exactly, idsOf, noStream, sample, samples } from './samples';

/** Points 2, 3 and 5: the three expectations, all or nothing. */
export function describeAppending(bench: Bench): void {
  describe('appending', () => {
    it('refuses noStream on a stream that exists', async () => {
      const stream = streamId('source', 'there');
      await bench.log.append(stream, samples(2), noStream);
      expect(await bench.log.append(stream, samples(1), noStream)).toEqual({
        kind: 'conflict',
        revision: 1n,
      });
    });

    it('refuses noStream on a stream that appeared after it was read as unknown', async () => {
      const stream = streamId('source', 'sudden');
      expect((await bench.log.read(stream)).revision).toBeNull();
      const other = await bench.open();
      const theirs = samples(1);
      await other.append(stream, theirs, noStream);
      expect(await bench.log.append(stream, samples(3), noStream)).toEqual({
        kind: 'conflict',
        revision: 0n,
      });
      expect(idsOf((await bench.log.read(stream)).events)).toEqual(idsOf(theirs));
    });

    it('accepts exactly the current revision, and tells the new one', async () => {
      const stream = streamId('source', 'exact');
      expect(await bench.log.append(stream, samples(3), noStream)).toMatchObject({
        kind: 'appended',
        revision: 2n,
      });
      expect(await bench.log.append(stream, samples(2), exactly(2n))).toMatchObject({
        kind: 'appended',
        revision: 4n,
      });
    });

    it('refuses an exact revision that is behind or ahead, and tells the true one', async () => {
      const stream = streamId('source', 'stale');
      await bench.log.append(stream, samples(3), noStream);
      for (const revision of [0n, 1n, 3n, 99n]) {
        expect(await bench.log.append(stream, samples(1), exactly(revision))).toEqual({
          kind: 'conflict',
          revision: 2n,
        });
      }
      expect((await bench.log.read(stream)).revision).toBe(2n);
    });

    it('refuses an exact revision of a stream that does not exist', async () => {
      const answer = await bench.log.append(streamId('source', 'absent'), samples(1), exactly(0n));
      expect(answer).toEqual({ kind: 'conflict', revision: null });
    });

    describeBatches(bench);
  });
}

function describeBatches(bench: Bench): void {
  it('takes any revision when asked to', async () => {
    const stream = streamId('source', 'any');
    expect(await bench.log.append(stream, samples(2), anyRevision)).toMatchObject({
      kind: 'appended',
      revision: 1n,
    });
    expect(await bench.log.append(stream, samples(1), anyRevision)).toMatchObject({
      kind: 'appended',
      revision: 2n,
    });
  });

  it('keeps the order of a batch', async () => {
    const stream = streamId('run', 'batch');
    const batch = samples(50);
    await bench.log.append(stream, batch, noStream);
    const { events } = await bench.log.read(stream);
    expect(idsOf(events)).toEqual(idsOf(batch));
    expect(events.map((event) => event.revision)).toEqual(batch.map((_, index) => BigInt(index)));
  });

  it('answers each of many appends sent at once by itself: a stale one fails no other', async () => {
    const stale = streamId('run', 'stale');
    await bench.log.append(stale, samples(1), noStream);
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        bench.log.append(index % 3 === 0 ? stale : streamId('run', `fresh${index}`), [sample()], noStream),
      ),
    );
    expect(answers.filter((answer) => answer.kind === 'conflict')).toHaveLength(10);
    expect(answers.filter((answer) => answer.kind === 'appended')).toHaveLength(20);
    expect(await bench.log.page('start', 'all', 100)).toHaveLength(21);
  });
}
