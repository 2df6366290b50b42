import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { faultOf, readElements, readFingerprints, settled } from './reading';
import type { Bench, WorldElement } from './world';

const DAY = '2026-03-01';

/** More than all buffers between the source and the reader hold together. */
const many = (): WorldElement[] =>
  Array.from({ length: 24_000 }, (_, index) => ({ day: DAY, key: `k${index}`, content: 'x'.repeat(1_000) }));

export const describeEnding = (bench: Bench): void => {
  describe('ending', () => {
    it('refuses every question to a closed session', async () => {
      const session = await bench.open();
      await session.close();
      await session.close();
      const faults = await Promise.all([
        faultOf(session.census()),
        faultOf(session.retention()),
        faultOf(readFingerprints(session, DAY)),
        faultOf(readElements(session, DAY)),
      ]);
      expect(faults.map(({ code }) => code)).toEqual(Array(4).fill('SOURCE_SESSION_CLOSED'));
    });

    it('frees the source when a session is closed', async () => {
      const session = await bench.open();
      expect(await bench.world().servedSnapshots()).toBe(1);
      await session.close();
      expect(await settled(() => bench.world().servedSnapshots(), 0)).toBe(0);
    });

    it('frees the source when a stream is given up in its middle', async () => {
      await bench.world().insert(many());
      const session = await bench.open();
      const stream = session.elements(DAY);
      await once(stream, 'readable');
      stream.destroy();
      await once(stream, 'close');
      expect(await settled(() => bench.world().servedSnapshots(), 0)).toBe(0);
      expect((await faultOf(session.census())).code).toBe('SOURCE_SESSION_CLOSED');
    });

    it('fails the stream in hand when the session is closed', async () => {
      await bench.world().insert(many());
      const session = await bench.open();
      const stream = session.elements(DAY);
      await once(stream, 'readable');
      const failed = once(stream, 'error');
      await session.close();
      expect(await failed).toMatchObject([{ code: 'SOURCE_SESSION_CLOSED' }]);
      expect(await settled(() => bench.world().servedSnapshots(), 0)).toBe(0);
    });

    it('fails everything in hand when the signal is aborted', async () => {
      await bench.world().insert(many());
      const controller = new AbortController();
      const session = await bench.open({ signal: controller.signal });
      const stream = session.fingerprints(DAY);
      const failed = faultOf(readElements(session, DAY));
      stream.on('error', () => undefined);
      controller.abort();
      expect((await failed).code).toBe('SOURCE_SESSION_CLOSED');
      expect((await faultOf(session.census())).code).toBe('SOURCE_SESSION_CLOSED');
      expect((await faultOf(readFingerprints(session, DAY))).code).toBe('SOURCE_SESSION_CLOSED');
      expect(await settled(() => bench.world().servedSnapshots(), 0)).toBe(0);
    });

    it('opens nothing for a signal that was aborted', async () => {
      expect((await faultOf(bench.open({ signal: AbortSignal.abort() }))).code).toBe('SOURCE_SESSION_CLOSED');
      expect(await settled(() => bench.world().servedSnapshots(), 0)).toBe(0);
    });

    it('waits for a slow reader and loses nothing', async () => {
      await bench.world().insert(many());
      const session = await bench.open();
      const stream = session.fingerprints(DAY);
      let bytes = 0;
      for await (const chunk of stream) {
        bytes += (chunk as Buffer).length;
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(bytes).toBeGreaterThan(24_000 * 10);
      expect((await session.census()).days.get(DAY)?.count).toBe(24_000);
    });
  });
};
