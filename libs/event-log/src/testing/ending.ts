import { describe, expect, it } from '@jest/globals';
import { EventLogFault } from '../port';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { Follower, within } from './follower';
import { anyRevision, noStream, samples } from './samples';

/** Point 11: an abort or a close ends everything promptly. */
export function describeEnding(bench: Bench): void {
  describe('ending', () => {
    it('ends a waiting subscription when it is aborted', async () => {
      const follower = new Follower(bench.log, 'start');
      await bench.log.append(streamId('run', 'a'), samples(1), anyRevision);
      await follower.until(1);
      await follower.stop();
      expect(follower.events).toHaveLength(1);
    });

    it('yields nothing once aborted', async () => {
      await bench.log.append(streamId('run', 'a'), samples(3), anyRevision);
      const subscription = bench.log.subscribe('start', 'all', AbortSignal.abort());
      expect(await subscription[Symbol.asyncIterator]().next()).toMatchObject({ done: true });
    });

    it('lets the reader leave in the middle', async () => {
      await bench.log.append(streamId('run', 'a'), samples(3), anyRevision);
      for await (const batch of bench.log.subscribe('start', 'all', new AbortController().signal)) {
        expect(batch.events.length).toBeGreaterThan(0);
        break;
      }
      await within(5_000, new Error('close did not end in 5 s'), bench.log.close());
    });

    it('ends its subscriptions when it is closed, and no other handle', async () => {
      const other = await bench.open();
      const mine = new Follower(bench.log, 'start');
      const theirs = new Follower(other, 'start');
      await bench.log.append(streamId('run', 'a'), samples(1), anyRevision);
      await Promise.all([mine.until(1), theirs.until(1)]);
      await bench.log.close();
      await mine.ended().catch((fault: unknown) => expect(fault).toMatchObject({ code: 'LOG_CLOSED' }));
      await other.append(streamId('run', 'a'), samples(1), anyRevision);
      await theirs.until(2);
      await theirs.stop();
    });

    describeClosing(bench);
  });
}

function describeClosing(bench: Bench): void {
  it('settles the appends in hand before it is closed', async () => {
    const other = await bench.open();
    const appends = Array.from({ length: 20 }, (_, index) =>
      bench.log.append(streamId('run', `last${index}`), samples(1), noStream),
    );
    const settled = Promise.allSettled(appends);
    await bench.log.close();
    const outcomes = await within(5_000, new Error('appends were left pending'), settled);
    const written = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    expect((await other.page('start', 'all', 100)).length).toBeGreaterThanOrEqual(written);
  });

  it('is closed once and for all', async () => {
    await Promise.all([bench.log.close(), bench.log.close()]);
    await bench.log.close();
    const closed = { name: 'EventLogFault', code: 'LOG_CLOSED', retryable: false };
    const stream = streamId('run', 'a');
    await expect(bench.log.read(stream)).rejects.toMatchObject(closed);
    await expect(bench.log.append(stream, samples(1), noStream)).rejects.toBeInstanceOf(EventLogFault);
    await expect(bench.log.append(stream, samples(1), noStream)).rejects.toMatchObject(closed);
    await expect(bench.log.page('start', 'all', 1)).rejects.toMatchObject(closed);
    await expect(bench.log.head()).rejects.toMatchObject(closed);
    const subscription = bench.log.subscribe('start', 'all', new AbortController().signal);
    await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject(closed);
  });
}
