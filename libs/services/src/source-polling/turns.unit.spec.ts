import { describe, expect, it } from '@jest/globals';
import { createTurns } from './turns';

function scripted() {
  const begun: string[] = [];
  const ends: ((fault?: Error) => void)[] = [];
  const turns = createTurns<number>();
  const work = (name: string) => () => {
    begun.push(name);
    const n = begun.length;
    return new Promise<number>((resolve, reject) => {
      ends.push((fault) => (fault === undefined ? resolve(n) : reject(fault)));
    });
  };
  const request = (name: string) => turns.request(name, work(name));
  return { begun, end: (n: number, fault?: Error) => ends[n - 1]!(fault), turns, request };
}

describe('taking turns', () => {
  it('begins at once when nothing is in hand, and is free again afterwards', async () => {
    const { turns, end, begun, request } = scripted();
    const first = request('a');
    expect([begun, turns.isBusy('a'), turns.isBusy('b')]).toEqual([['a'], true, false]);
    end(1);
    expect(await first).toBe(1);
    expect(turns.isBusy('a')).toBe(false);
  });

  it('gives all who ask during one the same next one, which begins after it, even if it failed', async () => {
    const { end, begun, request } = scripted();
    const first = request('a');
    const shared = [request('a'), request('a')];
    expect(begun).toEqual(['a']);
    end(1, new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await Promise.resolve();
    expect(begun).toEqual(['a', 'a']);
    end(2);
    expect(await Promise.all(shared)).toEqual([2, 2]);
  });

  it('keeps names apart, and waits for all of them', async () => {
    const { turns, end, begun, request } = scripted();
    const both = [request('a'), request('b')];
    expect(begun).toEqual(['a', 'b']);
    const settled = turns.settled();
    end(1);
    end(2, new Error('broken'));
    await settled;
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});
