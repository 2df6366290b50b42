import { describe, expect, it } from '@jest/globals';
import type { EventLog } from '../port';
import { streamId } from '../stream-id';
import type { Bench } from './bench';
import { Follower } from './follower';
import { exactly, idsOf, noStream, placesOf, samples } from './samples';

const handles = 4;
const writersPerHandle = 5;
const appendsPerWriter = 15;

/** Points 4 and 9: one winner, and no reader that overtakes a writer. */
export function describeConcurrency(bench: Bench): void {
  describe('under concurrent writers', () => {
    it('lets one of two appends with the same expectation win, and writes nothing of the other', async () => {
      const other = await bench.open();
      for (let round = 0; round < 20; round += 1) {
        const stream = streamId('run', `race${round}`);
        const batches = [samples(3), samples(3)];
        const answers = await Promise.all(
          [bench.log, other].map((log, index) => log.append(stream, batches[index] ?? [], noStream)),
        );
        const winner = answers.findIndex((answer) => answer.kind === 'appended');
        expect(answers[1 - winner]).toEqual({ kind: 'conflict', revision: 2n });
        expect(idsOf((await bench.log.read(stream)).events)).toEqual(idsOf(batches[winner] ?? []));
      }
    });

    it('shows a subscriber every event once, in the order of the log, while many write', async () => {
      const logs = await Promise.all(Array.from({ length: handles }, () => bench.open()));
      const follower = new Follower(bench.log, 'start');
      await Promise.all(logs.flatMap((log, handle) => writers(log, handle)));
      const total = handles * writersPerHandle * appendsPerWriter * 2;
      await follower.until(total);
      const seen = await follower.stop();
      expect(seen).toHaveLength(total);
      expect(placesOf(seen)).toEqual(placesOf(await bench.log.page('start', 'all', total + 1)));
    });
  });
}

function writers(log: EventLog, handle: number): readonly Promise<void>[] {
  return Array.from({ length: writersPerHandle }, (_, index) => write(log, `${handle}.${index}`));
}

async function write(log: EventLog, name: string): Promise<void> {
  const stream = streamId('run', name);
  for (let turn = 0; turn < appendsPerWriter; turn += 1) {
    const answer = await log.append(
      stream,
      samples(2),
      turn === 0 ? noStream : exactly(BigInt(turn * 2 - 1)),
    );
    expect(answer.kind).toBe('appended');
  }
}
