import { describe, expect, it } from '@jest/globals';
import type { EventLog } from '../port';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { Follower } from './follower';
import { anyRevision, idsOf, placesOf, samples, strictlyGrowing } from './samples';

/** Points 8 and 10: each event once, in order, across the seam between catching up and live; categories. */
export function describeFollowing(bench: Bench): void {
  describe('following', () => {
    it('shows what is there and what comes, from the start', async () => {
      await write(bench.log, 700);
      const follower = new Follower(bench.log, 'start');
      await write(bench.log, 50);
      await follower.until(750);
      expect(placesOf(await follower.stop())).toEqual(placesOf(await bench.log.page('start', 'all', 1000)));
    });

    it('continues after a position, from the middle and from the head', async () => {
      await write(bench.log, 30);
      const middle = (await bench.log.page('start', 'all', 17)).at(-1)?.position ?? 'start';
      const head = (await bench.log.head()) ?? 'start';
      const other = await bench.open();
      const followers = [new Follower(bench.log, middle), new Follower(other, head)];
      await write(bench.log, 10);
      const [fromMiddle, fromHead] = await Promise.all([followers[0]?.until(23), followers[1]?.until(10)]);
      await Promise.all(followers.map((follower) => follower.stop()));
      expect(placesOf(fromMiddle ?? [])).toEqual(placesOf(await bench.log.page(middle, 'all', 100)));
      expect(placesOf(fromHead ?? [])).toEqual(placesOf(await bench.log.page(head, 'all', 100)));
    });

    it('joins at any moment while others write', async () => {
      const other = await bench.open();
      const writing = write(other, 400);
      const followers: Follower[] = [];
      for (let joined = 0; joined < 8; joined += 1) {
        followers.push(new Follower(bench.log, 'start'));
        await followers.at(-1)?.until(joined * 40);
      }
      await writing;
      await Promise.all(followers.map((follower) => follower.until(400)));
      const all = placesOf(await bench.log.page('start', 'all', 1000));
      for (const follower of followers) {
        expect(placesOf(await follower.stop())).toEqual(all);
      }
    });

    describeResuming(bench);
    describeCategories(bench);
  });
}

function describeResuming(bench: Bench): void {
  it('resumes after any batch without gap or repeat', async () => {
    await write(bench.log, 120);
    const follower = new Follower(bench.log, 'start');
    await follower.until(120);
    await write(bench.log, 30);
    await follower.until(150);
    await follower.stop();
    const positions = follower.batches.map((batch) => batch.position);
    expect(strictlyGrowing(positions)).toBe(true);
    let seen = 0;
    for (const batch of follower.batches) {
      seen += batch.events.length;
      const rest = await bench.log.page(batch.position, 'all', 1000);
      expect(placesOf(rest)).toEqual(placesOf(follower.events.slice(seen)));
    }
  });

  it('waits for the reader: nothing is lost while a batch is worked on', async () => {
    await write(bench.log, 20);
    const stop = new AbortController();
    const ids: string[] = [];
    for await (const batch of bench.log.subscribe('start', 'all', stop.signal)) {
      if (ids.length === 0) {
        await write(bench.log, 20);
      }
      ids.push(...idsOf(batch.events));
      if (ids.length === 40) {
        stop.abort();
      }
    }
    expect(ids).toEqual(idsOf(await bench.log.page('start', 'all', 100)));
  });
}

function describeCategories(bench: Bench): void {
  it('shows only the categories asked for, also where one name begins with another', async () => {
    for (const category of ['run', 'runQueue', 'source', 'run', 'schedule', 'source']) {
      await bench.log.append(streamId(category, 'a-b'), samples(2), anyRevision);
    }
    const follower = new Follower(bench.log, 'start', ['run', 'schedule']);
    await follower.until(6);
    await bench.log.append(streamId('runQueue', 'late'), samples(1), anyRevision);
    await bench.log.append(streamId('run', 'late'), samples(1), anyRevision);
    await follower.until(7);
    const seen = await follower.stop();
    expect(seen.map((event) => event.stream)).toEqual([
      'run-a-b',
      'run-a-b',
      'run-a-b',
      'run-a-b',
      'schedule-a-b',
      'schedule-a-b',
      'run-late',
    ]);
    expect(placesOf(await bench.log.page('start', ['run', 'schedule', 'run'], 100))).toEqual(placesOf(seen));
    expect(await bench.log.page('start', ['nothing'], 100)).toEqual([]);
    expect(await bench.log.page('start', [], 100)).toEqual([]);
  });

  it('shows nothing but what was appended', async () => {
    await write(bench.log, 5);
    const follower = new Follower(bench.log, 'start');
    await follower.until(5);
    expect((await follower.stop()).every((event) => event.stream.startsWith('source-'))).toBe(true);
  });
}

async function write(log: EventLog, count: number): Promise<void> {
  for (let written = 0; written < count; written += 5) {
    await log.append(streamId('source', `s${written % 3}`), samples(5), anyRevision);
  }
}
