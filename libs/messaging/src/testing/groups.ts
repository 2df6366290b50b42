import { describe, expect, it } from '@jest/globals';
import type { Bench } from './bench';
import { answering, recording, saying } from './controllers';
import { until } from './until';

export function describeGroups(current: () => Bench): void {
  describe('who gets what', () => {
    it('fails at once when nobody listens', async () => {
      const { fault, messenger } = current();
      const begun = performance.now();
      expect(await fault('suite.echo')).toMatchObject({ code: 'NO_RESPONDER' });
      expect(performance.now() - begun).toBeLessThan(1_000);
      await expect(messenger.nudge('suite.plain', 1)).resolves.toBeUndefined();
    });

    it('does not take a listener to nudges for one who answers, nor the reverse', async () => {
      const { ask, fault, messenger, start } = current();
      const seen: string[] = [];
      await start([recording('a', seen)]);
      expect(await fault('suite.plain')).toMatchObject({ code: 'NO_RESPONDER' });
      await messenger.nudge('suite.who', 1);
      await ask('suite.who');
      expect(seen).toEqual(['a who']);
    });

    it('gives a question to one member of a queue group, and every member has its share', async () => {
      const { ask, start } = current();
      const seen: string[] = [];
      await start([recording('a', seen)]);
      await start([recording('b', seen)]);
      const answers = await Promise.all(Array.from({ length: 60 }, () => ask('suite.who')));
      expect(seen).toHaveLength(60);
      expect(new Set(answers)).toEqual(new Set(['a', 'b']));
    });

    it('gives a nudge once to each queue group, and to everybody who is in none', async () => {
      const { broker, faults, messenger, start } = current();
      const seen: string[] = [];
      const alone = { onFault: (fault: (typeof faults)[number]) => faults.push(fault) };
      await start([recording('first', seen)], { queue: 'first' });
      await start([recording('first', seen)], { queue: 'first' });
      await start([recording('second', seen)], { queue: 'second' });
      await broker.startService([recording('alone', seen)], alone);
      await broker.startService([recording('alone', seen)], alone);
      for (let i = 0; i < 20; i += 1) await messenger.nudge('suite.plain', i);
      await until(() => seen.length >= 80);
      const expected = ['first', 'second', 'alone', 'alone'].flatMap((label) =>
        Array.from({ length: 20 }, (_, i) => `${label} ${i}`),
      );
      expect([...seen].sort()).toEqual(expected.sort());
    });

    it('matches `*` with one token and `>` with the rest, and says which subject it was', async () => {
      const { messenger, start } = current();
      const seen: string[] = [];
      await start([recording('a', seen)]);
      const heard = ['suite.day.one.sealed', 'suite.source.x', 'suite.source.x.y.z'];
      const unheard = [
        'suite.day.sealed',
        'suite.day.one.two.sealed',
        'suite.source',
        'suite.sources.x',
        'suite.day.one',
      ];
      for (const subject of [...unheard, ...heard]) await messenger.nudge(subject, null);
      await until(() => seen.length >= heard.length);
      expect([...seen].sort()).toEqual(heard.map((subject) => `a ${subject}`));
    });

    it('forgets a service that stopped; those that stay take its share', async () => {
      const { ask, fault, start } = current();
      const seen: string[] = [];
      const first = await start([recording('a', seen)]);
      const second = await start([recording('b', seen)]);
      await first.stop();
      for (let i = 0; i < 6; i += 1) expect(await ask('suite.who')).toBe('b');
      await second.stop();
      await second.stop();
      expect(await fault('suite.who')).toMatchObject({ code: 'NO_RESPONDER' });
      await start([answering()]);
      expect(await ask('suite.echo', 'back')).toBe('back');
    });

    it('gives a message to the pattern that says most, whatever the order of the handlers', async () => {
      const { ask, broker, messenger, start } = current();
      const heard: string[] = [];
      const patterns = ['suite.day.>', 'suite.day.*.sealed', 'suite.day.one.sealed', 'suite.day.*.*'];
      const controllers = patterns.map((pattern) => saying({ label: pattern, pattern, heard }));
      const inQueue = (): ReturnType<typeof start> => start(controllers);
      const alone = (): ReturnType<typeof start> =>
        broker.startService(controllers, { onFault: () => undefined });
      for (const begin of [inQueue, alone]) {
        const service = await begin();
        expect(await ask('suite.day.one.sealed')).toBe('suite.day.one.sealed');
        expect(await ask('suite.day.two.sealed')).toBe('suite.day.*.sealed');
        expect(await ask('suite.day.two.lost')).toBe('suite.day.*.*');
        expect(await ask('suite.day.two')).toBe('suite.day.>');
        for (let i = 0; i < 5; i += 1) await messenger.nudge('suite.day.one.sealed', i);
        await messenger.nudge('suite.day.two', null);
        await until(() => heard.includes('suite.day.>'));
        const most = Array.from({ length: 5 }, () => 'suite.day.one.sealed');
        expect(heard.splice(0).toSorted()).toEqual(['suite.day.>', ...most]);
        await service.stop();
      }
    });

    it('lets a question and a nudge share a pattern, and every listener of one server hear a nudge', async () => {
      const { ask, messenger, start } = current();
      const heard: string[] = [];
      const pattern = 'suite.who';
      await start([saying({ label: 'a', pattern, heard })], { queue: 'q' });
      await start([
        saying({ label: 'b', pattern, queue: 'own', heard }),
        saying({ label: 'c', pattern, queue: 'other', heard }),
      ]);
      await messenger.nudge('suite.who', 1);
      await ask('suite.who');
      await until(() => heard.length >= 3);
      expect(heard.toSorted()).toEqual(['a', 'b', 'c']);
    });

    it('keeps questions and nudges apart even where a pattern takes any subject', async () => {
      const { ask, messenger, start } = current();
      const heard: string[] = [];
      await start([saying({ label: 'any', pattern: '*.suite.day', answersOnly: true })]);
      await start([saying({ label: 'nudge', pattern: 'suite.day', heard })]);
      for (let i = 0; i < 20; i += 1) await messenger.nudge('suite.day', i);
      await until(() => heard.length >= 20);
      expect(await ask('other.suite.day')).toBe('any');
      expect(heard).toHaveLength(20);
    });
  });
}
