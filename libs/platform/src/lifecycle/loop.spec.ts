import { describe, expect, it } from '@jest/globals';

import { backoff } from './backoff';
import { startLoop } from './loop';

const logger = { warn: () => undefined };
const longMs = 3_600_000;

/** Lets a test wait until something was called so many times. */
function counter() {
  let count = 0;
  const waiting: { wanted: number; resolve: () => void }[] = [];
  return {
    up: () => {
      count += 1;
      for (const { wanted, resolve } of waiting) if (count >= wanted) resolve();
      return count;
    },
    reaches: (wanted: number) =>
      new Promise<void>((resolve) => (count >= wanted ? resolve() : waiting.push({ wanted, resolve }))),
    value: () => count,
  };
}

describe('startLoop', () => {
  it('turns at once, then after the pause that it or the turn says, never two at a time', async () => {
    const turns = counter();
    let inside = 0;
    const loop = startLoop({
      name: 'x',
      everyMs: 1,
      logger,
      run: async () => {
        inside += 1;
        expect(inside).toBe(1);
        await Promise.resolve();
        inside -= 1;
        return turns.up() === 5 ? longMs : undefined;
      },
    });
    await turns.reaches(5);
    await loop.stop();
    expect(turns.value()).toBe(5);
  });

  it('can be woken from its pause, and remembers it when woken during a turn', async () => {
    const turns = counter();
    const loop = startLoop({
      name: 'x',
      everyMs: longMs,
      logger,
      run: () => {
        if (turns.up() === 1) loop.wake();
        return Promise.resolve(undefined);
      },
    });
    await turns.reaches(2);
    loop.wake();
    await turns.reaches(3);
    await loop.stop();
    expect(turns.value()).toBe(3);
  });

  it('goes on after failures, waiting as the backoff says', async () => {
    const turns = counter();
    const pauses: unknown[] = [];
    const loop = startLoop({
      name: 'x',
      everyMs: longMs,
      logger: { warn: (fields: unknown) => void pauses.push(fields) },
      random: () => 0.004,
      run: () => {
        if (turns.up() < 4) throw new Error('no');
        return Promise.resolve(undefined);
      },
    });
    await turns.reaches(4);
    await loop.stop();
    expect(pauses).toMatchObject([
      { loop: 'x', attempt: 1, pauseMs: 1 },
      { loop: 'x', attempt: 2, pauseMs: 2 },
      { loop: 'x', attempt: 3, pauseMs: 4 },
    ]);
  });

  it('lets the turn in hand finish when told to end, by stop or by the signal', async () => {
    for (const by of ['stop', 'signal'] as const) {
      const abort = new AbortController();
      const turns = counter();
      let finished = false;
      const loop = startLoop({
        name: 'x',
        everyMs: 1,
        logger,
        signal: abort.signal,
        run: async ({ signal }) => {
          turns.up();
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          await Promise.resolve();
          finished = true;
          return undefined;
        },
      });
      await turns.reaches(1);
      if (by === 'signal') abort.abort();
      await Promise.all([loop.stop(), loop.stop()]);
      expect(finished).toBe(true);
      expect(turns.value()).toBe(1);
    }
  });

  it('does not turn at all under a signal that is aborted already', async () => {
    const turns = counter();
    const run = () => Promise.resolve(void turns.up());
    await startLoop({ name: 'x', everyMs: 1, logger, signal: AbortSignal.abort(), run }).stop();
    expect(turns.value()).toBe(0);
  });

  it('is silent during a turn that does not beat, and not during its pause', async () => {
    let now = 0;
    const turns = counter();
    const loop = startLoop({
      name: 'x',
      everyMs: longMs,
      logger,
      now: () => now,
      run: async ({ beat }) => {
        now += 50;
        expect(loop.silentMs()).toBe(50);
        beat();
        expect(loop.silentMs()).toBe(0);
        await Promise.resolve();
        turns.up();
        return undefined;
      },
    });
    await turns.reaches(1);
    await new Promise(setImmediate);
    now += longMs - 1;
    expect(loop.silentMs()).toBe(0);
    now += 11;
    expect(loop.silentMs()).toBe(10);
    await loop.stop();
  });
});

describe('backoff', () => {
  it('draws from a range that doubles up to 30 s', () => {
    const highest = (attempt: number) => backoff({ attempt, random: () => 0.999_999 });
    expect([1, 2, 3, 4].map(highest)).toEqual([249, 499, 999, 1999]);
    expect(highest(8)).toBe(29_999);
    expect(highest(5_000)).toBe(29_999);
    expect(backoff({ attempt: 9, random: () => 0 })).toBe(0);
  });
});
