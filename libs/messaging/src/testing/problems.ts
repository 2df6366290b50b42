import { describe, expect, it } from '@jest/globals';
import type { Bench } from './bench';
import { answering, failing, recording } from './controllers';
import { until } from './until';

const secret = 'password=hunter2 at /srv/app/db.ts';

export function describeProblems(current: () => Bench): void {
  describe('problems', () => {
    it('carries what a handler refused, and nothing of it is a fault of the service', async () => {
      const { fault, faults, start } = current();
      await start([failing(secret)]);
      const refusal = await fault('suite.refuse');
      expect(refusal.code).toBe('REJECTED');
      expect(refusal.problem).toStrictEqual({
        code: 'SOURCE_UNKNOWN',
        detail: 'There is no such source.',
        retryable: true,
        errors: [{ path: 'source', message: 'unknown' }],
      });
      expect(faults).toEqual([]);
    });

    it('tells the asker nothing of what broke, and the service all of it, once', async () => {
      const { fault, faults, start } = current();
      await start([failing(secret)]);
      const { code, problem, message } = await fault('suite.break');
      expect({ code, problem }).toMatchObject({
        code: 'REJECTED',
        problem: { code: 'INTERNAL', retryable: false },
      });
      expect(Object.keys(problem ?? {})).toEqual(['code', 'detail', 'retryable']);
      expect(`${message} ${JSON.stringify(problem)}`).not.toMatch(/hunter2|srv|Error/);
      expect(faults).toEqual([{ subject: 'suite.break', cause: new Error(secret) }]);
    });

    it('refuses a question of another shape, with the path of each error', async () => {
      const { ask, fault, start } = current();
      await start([answering()]);
      const right = { name: 'Ada', times: 2, place: { city: 'Roma' } };
      expect(await ask('suite.greet', right)).toEqual({ instance: true, text: 'Ada × 2' });
      const { problem } = await fault('suite.greet', {
        name: 1,
        times: 2,
        place: { city: '' },
        extra: secret,
      });
      expect(problem).toMatchObject({ code: 'QUESTION_INVALID', retryable: false });
      expect(problem?.errors?.map(({ path }) => path).sort()).toEqual(['extra', 'name', 'place.city']);
      expect(JSON.stringify(problem)).not.toContain('hunter2');
    });

    it.each([[undefined], [null], ['text'], [7], [[]], [[{ name: 'Ada' }]], [{}]])(
      'refuses %j where an object is asked for',
      async (question) => {
        const { fault, start } = current();
        await start([answering()]);
        expect(await fault('suite.greet', question)).toMatchObject({ problem: { code: 'QUESTION_INVALID' } });
      },
    );

    it('refuses what a guard does not let pass', async () => {
      const { fault, start } = current();
      await start([answering()]);
      expect(await fault('suite.guarded')).toMatchObject({
        problem: { code: 'FORBIDDEN', retryable: false },
      });
    });

    it('survives a nudge whose handler breaks', async () => {
      const { ask, faults, messenger, start } = current();
      await start([failing(secret), answering()]);
      await messenger.nudge('suite.break.nudge', {});
      await until(() => faults.length > 0);
      expect(faults).toEqual([{ subject: 'suite.break.nudge', cause: new Error(secret) }]);
      expect(await ask('suite.echo', 1)).toBe(1);
    });

    it.each([
      ['words', 'not json'],
      ['JSON that breaks off', '{"open":'],
      ['a NUL', '\u0000'],
      ['undefined', 'undefined'],
      ['a byte order mark', '\uFEFF{}'],
      ['a million bytes of junk', 'x'.repeat(1_000_000)],
      ['half a million open brackets', '['.repeat(500_000)],
    ])('survives %s', async (_, text) => {
      const { ask, broker, faults, start } = current();
      const seen: string[] = [];
      await start([answering(), recording('a', seen)]);
      const said = await broker.askText('suite.echo', text, 2_000);
      expect(said).toContain('QUESTION_MALFORMED');
      await broker.publishText('suite.plain', text);
      await until(() => faults.length === 2);
      expect(seen).toEqual([]);
      expect(faults.every(({ cause }) => String(cause).length < 1_000)).toBe(true);
      expect(await ask('suite.echo', 1)).toBe(1);
    });

    it('survives JSON that is too deep to be written again', async () => {
      const { ask, broker, faults, start } = current();
      await start([answering()]);
      const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
      expect(await broker.askText('suite.echo', deep, 2_000)).toMatch(/ANSWER_INVALID|INTERNAL/);
      expect(await broker.askText('suite.greet', deep, 2_000)).toContain('problem');
      expect(faults.length).toBeGreaterThan(0);
      expect(await ask('suite.echo', 1)).toBe(1);
    });

    it.each(['', 'no json', 'null', '[]', '"text"', '{"other":1}', '{"problem":{}}', '{"problem":null}'])(
      'names an answer that no service of ours gives: %j',
      async (text) => {
        const { broker, fault } = current();
        await broker.answerText('suite.strange', text);
        expect(await fault('suite.strange')).toMatchObject({
          code: 'REJECTED',
          problem: { code: 'ANSWER_INVALID', retryable: false },
        });
      },
    );
  });
}
