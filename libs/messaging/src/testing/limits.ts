import { describe, expect, it } from '@jest/globals';
import { MessageFault, type Messenger } from '../port';
import type { Bench } from './bench';
import { answering, holding, saying } from './controllers';
import { gate, until } from './until';

export function describeLimits(current: () => Bench): void {
  describe('limits', () => {
    it('stops waiting after the time given, and the late answer harms nobody', async () => {
      const { ask, messenger, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      await start([controller, answering()]);
      await expect(messenger.ask('suite.hold', 1, { timeoutMs: 60 })).rejects.toMatchObject({
        code: 'TIMEOUT',
      });
      expect(count.working).toBe(1);
      open();
      await until(() => count.working === 0);
      expect(await ask('suite.echo', 1)).toBe(1);
    });

    it('works on as many messages at once as it may; the others wait their turn', async () => {
      const { ask, messenger, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      await start([controller], { concurrency: 3, waiting: 100 });
      await messenger.nudge('suite.hold.nudge', 1);
      const answers = Promise.all(Array.from({ length: 20 }, () => ask('suite.hold')));
      await until(() => count.working === 3);
      open();
      expect(await answers).toEqual(Array.from({ length: 20 }, () => 'done'));
      await until(() => count.working === 0);
      expect(count).toMatchObject({ most: 3, begun: 21 });
    });

    it('refuses questions beyond those that may wait, and answers again afterwards', async () => {
      const { ask, fault, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      await start([controller], { concurrency: 1, waiting: 2 });
      const first = ask('suite.hold');
      await until(() => count.begun === 1);
      const refused: unknown[] = [];
      const others = Promise.all(
        Array.from({ length: 5 }, () => ask('suite.hold').catch((thrown: unknown) => refused.push(thrown))),
      );
      await until(() => refused.length === 3);
      for (const thrown of refused) {
        expect(thrown).toMatchObject({ code: 'REJECTED', problem: { code: 'OVERLOADED', retryable: true } });
      }
      open();
      expect(await first).toBe('done');
      await others;
      expect(await ask('suite.hold')).toBe('done');
      expect(count).toMatchObject({ most: 1, begun: 4 });
      await expect(fault('suite.nobody')).resolves.toMatchObject({ code: 'NO_RESPONDER' });
    });

    it('finishes what it took before it stops, and takes nothing more', async () => {
      const { ask, messenger, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      const service = await start([controller], { concurrency: 2, waiting: 100 });
      await messenger.nudge('suite.hold.nudge', 1);
      const answers = Promise.all(Array.from({ length: 4 }, () => ask('suite.hold')));
      await until(() => count.working === 2);
      let stopped = false;
      const stop = service.stop().then(() => {
        stopped = true;
      });
      // A broker may need a moment to learn of it.
      let said = '';
      for (let i = 0; i < 20 && said !== 'NO_RESPONDER'; i += 1) said = await faultCodeWithin(messenger, 100);
      expect(said).toBe('NO_RESPONDER');
      await expect(until(() => stopped, 100)).rejects.toThrow();
      open();
      expect(await answers).toEqual(['done', 'done', 'done', 'done']);
      await stop;
      expect(count.working).toBe(0);
      expect(count.begun).toBeGreaterThanOrEqual(5);
    });

    it('does not begin a question whose asker has gone', async () => {
      const { ask, messenger, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      await start([controller, saying({ label: 'a', pattern: 'suite.who' })], { concurrency: 1 });
      const asks = [1, 2, 3].map((i) => messenger.ask('suite.hold', i, { timeoutMs: 60 }));
      await Promise.allSettled(asks);
      // The service counts from when a question came, which is a moment after it was sent.
      await expect(until(() => count.begun > 1, 500)).rejects.toThrow();
      open();
      expect(await ask('suite.who')).toBe('a');
      expect(count.begun).toBe(1);
    });

    it('handles every nudge that came before it stopped', async () => {
      const { faults, messenger, start } = current();
      const heard: string[] = [];
      const service = await start([saying({ label: 'a', pattern: 'suite.many', heard })], {
        concurrency: 4,
        waiting: 1_000,
      });
      await Promise.all(Array.from({ length: 1_000 }, (_, i) => messenger.nudge('suite.many', i)));
      await service.stop();
      expect(heard).toHaveLength(1_000);
      expect(faults).toEqual([]);
    });

    it('stops within its bound even if a handler never ends', async () => {
      const { ask, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      const service = await start([controller], { concurrency: 1, drainMs: 50 });
      const outcomes = Promise.allSettled([ask('suite.hold'), ask('suite.hold')]);
      await until(() => count.working === 1);
      await service.stop();
      expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      open();
      expect(count.begun).toBe(1);
    });

    it('fails what is in hand and whatever comes later once it is closed', async () => {
      const { broker, fault, messenger, start } = current();
      const { passed, open } = gate();
      const { controller, count } = holding(passed);
      await start([controller], { drainMs: 50 });
      const inHand = fault('suite.hold');
      await until(() => count.working === 1);
      const disposed = broker.dispose();
      expect((await inHand).code).toMatch(/CLOSED|REJECTED/);
      open();
      await disposed;
      expect(await fault('suite.hold')).toMatchObject({ code: 'CLOSED' });
      await expect(messenger.nudge('suite.plain', 1)).rejects.toMatchObject({ code: 'CLOSED' });
    });
  });
}

async function faultCodeWithin(messenger: Messenger, timeoutMs: number): Promise<string> {
  try {
    await messenger.ask('suite.hold', null, { timeoutMs });
    return 'answered';
  } catch (thrown) {
    return thrown instanceof MessageFault ? thrown.code : 'thrown';
  }
}
