import { describe, expect, it } from '@jest/globals';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { anyRevision, idsOf, noStream, placesOf, sample, samples, strictlyGrowing } from './samples';

/** Points 1 and 7: where revisions start, what positions are. */
export function describeReading(bench: Bench): void {
  describe('reading', () => {
    it('reads an unknown stream as empty, without a revision', async () => {
      expect(await bench.log.read(streamId('source', 'unknown'))).toEqual({ events: [], revision: null });
    });

    it("gives the first event revision 0 and the log's own time", async () => {
      const stream = streamId('source', 'one');
      const first = sample({ name: 'orders' });
      await bench.log.append(stream, [first], noStream);
      const { events, revision } = await bench.log.read(stream);
      expect(revision).toBe(0n);
      expect(events).toEqual([
        { ...first, stream, revision: 0n, position: expect.any(String), recordedAt: expect.any(String) },
      ]);
      expect(events[0]?.recordedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
    });

    it('reads from a revision on, and always tells the last one', async () => {
      const stream = streamId('source', 'long');
      const written = samples(5);
      await bench.log.append(stream, written, noStream);
      const tail = await bench.log.read(stream, 3n);
      expect(idsOf(tail.events)).toEqual(idsOf(written.slice(3)));
      expect(tail.revision).toBe(4n);
      expect(await bench.log.read(stream, 9n)).toEqual({ events: [], revision: 4n });
    });

    describePositions(bench);
  });
}

function describePositions(bench: Bench): void {
  it('has no head while it is empty', async () => {
    expect(await bench.log.head()).toBeNull();
    expect(await bench.log.page('start', 'all', 10)).toEqual([]);
  });

  it('orders the whole log by positions that grow strictly and compare as strings', async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      const appended = await bench.log.append(
        streamId('run', `s${turn % 3}`),
        samples(1 + (turn % 2)),
        anyRevision,
      );
      expect(appended).toMatchObject({ kind: 'appended', position: await bench.log.head() });
    }
    const all = await bench.log.page('start', 'all', 100);
    expect(all).toHaveLength(18);
    expect(strictlyGrowing(all.map((event) => event.position))).toBe(true);
    const streams = await Promise.all(['s0', 's1', 's2'].map((id) => bench.log.read(streamId('run', id))));
    const read = streams.flatMap((slice) => placesOf(slice.events));
    expect([...read].sort()).toEqual(placesOf(all));
  });

  it('pages by position, excluding it', async () => {
    await bench.log.append(streamId('run', 'paged'), samples(7), noStream);
    const all = await bench.log.page('start', 'all', 100);
    const first = await bench.log.page('start', 'all', 3);
    const second = await bench.log.page(first[2]?.position ?? 'start', 'all', 3);
    const third = await bench.log.page(second[2]?.position ?? 'start', 'all', 3);
    expect(placesOf([...first, ...second, ...third])).toEqual(placesOf(all));
    expect(third).toHaveLength(1);
  });
}
