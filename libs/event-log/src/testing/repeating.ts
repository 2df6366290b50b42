import { describe, expect, it } from '@jest/globals';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { exactly, idsOf, noStream, sample, samples } from './samples';

/** Point 6: a repeat is answered with the first result, at any age, and stores nothing. */
export function describeRepeating(bench: Bench): void {
  const stream = streamId('run', 'repeated');

  describe('repeating an append', () => {
    it('answers with the first result', async () => {
      const batch = samples(3);
      const first = await bench.log.append(stream, batch, noStream);
      const other = await bench.open();
      expect(await bench.log.append(stream, batch, noStream)).toEqual(first);
      expect(await other.append(stream, batch, noStream)).toEqual(first);
      expect((await bench.log.read(stream)).events).toHaveLength(3);
    });

    it('answers with the first result also when later events follow', async () => {
      await bench.log.append(stream, samples(2), noStream);
      const batch = samples(2);
      const first = await bench.log.append(stream, batch, exactly(1n));
      await bench.log.append(stream, samples(4), exactly(3n));
      expect(await bench.log.append(stream, batch, exactly(1n))).toEqual(first);
      expect((await bench.log.read(stream)).revision).toBe(7n);
    });

    it('takes the beginning of a batch for a repeat', async () => {
      const batch = samples(3);
      await bench.log.append(stream, batch, noStream);
      const answer = await bench.log.append(stream, batch.slice(0, 2), noStream);
      expect(answer).toMatchObject({ kind: 'appended', revision: 1n });
      expect((await bench.log.read(stream)).revision).toBe(2n);
    });

    it('takes two repeats sent at once, over two handles, for one', async () => {
      const batch = samples(2);
      const other = await bench.open();
      const [one, two] = await Promise.all(
        [bench.log, other].map((log) => log.append(stream, batch, noStream)),
      );
      expect(one).toMatchObject({ kind: 'appended', revision: 1n });
      expect(two).toEqual(one);
      expect(idsOf((await bench.log.read(stream)).events)).toEqual(idsOf(batch));
    });

    describeNoRepeats(bench);
  });
}

function describeNoRepeats(bench: Bench): void {
  const stream = streamId('run', 'overlapping');

  it('refuses old events with new ones behind them', async () => {
    const batch = samples(2);
    await bench.log.append(stream, batch, noStream);
    const answer = await bench.log.append(stream, [...batch, sample()], noStream);
    expect(answer).toEqual({ kind: 'conflict', revision: 1n });
    expect((await bench.log.read(stream)).revision).toBe(1n);
  });

  it('refuses old events that stand elsewhere than expected', async () => {
    const [a, b, c] = [sample(), sample(), sample()];
    await bench.log.append(stream, [a, b, c], noStream);
    expect(await bench.log.append(stream, [b], noStream)).toEqual({ kind: 'conflict', revision: 2n });
    expect(await bench.log.append(stream, [b, a], noStream)).toEqual({ kind: 'conflict', revision: 2n });
    expect(await bench.log.append(stream, [a], exactly(0n))).toEqual({ kind: 'conflict', revision: 2n });
    expect(await bench.log.append(stream, [b, c], exactly(0n))).toMatchObject({
      kind: 'appended',
      revision: 2n,
    });
  });

  it('writes an id that another stream has', async () => {
    const event = sample();
    await bench.log.append(stream, [event], noStream);
    const answer = await bench.log.append(streamId('run', 'other'), [event], noStream);
    expect(answer).toMatchObject({ kind: 'appended', revision: 0n });
    expect(idsOf(await bench.log.page('start', 'all', 10))).toEqual([event.id, event.id]);
  });
}
