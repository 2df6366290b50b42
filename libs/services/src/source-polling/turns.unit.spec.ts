import { describe, expect, it } from '@jest/globals';
import { createTurns } from './turns';

function scripted() {
  const begun: string[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const turns = createTurns((name) => {
    begun.push(name);
    const n = begun.length;
    return new Promise<number>((resolve, reject) => {
      ends.push((fault) => (fault === undefined ? resolve(n) : reject(fault)));
    });
  });
  return { begun, end: (n: number, fault?: Error) => ends[n - 1]!(fault), turns };
}

describe('taking turns', () => {
  it('begins at once when nothing is in hand, and is free again afterwards', async () => {
    const { turns, end, begun } = scripted();
    const first = turns.request('a');
    expect([begun, turns.isBusy('a'), turns.isBusy('b')]).toEqual([['a'], true, false]);
    end(1);
    expect(await first).toBe(1);
    expect(turns.isBusy('a')).toBe(false);
  });

  it('gives all who ask during one the same next one, which begins after it, even if it failed', async () => {
    const { turns, end, begun } = scripted();
    const first = turns.request('a');
    const shared = [turns.request('a'), turns.request('a')];
    expect(begun).toEqual(['a']);
    end(1, new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await Promise.resolve();
    expect(begun).toEqual(['a', 'a']);
    end(2);
    expect(await Promise.all(shared)).toEqual([2, 2]);
  });

  it('keeps names apart, and waits for all of them', async () => {
    const { turns, end, begun } = scripted();
    const both = [turns.request('a'), turns.request('b')];
    expect(begun).toEqual(['a', 'b']);
    const settled = turns.settled();
    end(1);
    end(2, new Error('broken'));
    await settled;
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});
