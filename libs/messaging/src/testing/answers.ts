import { describe, expect, it } from '@jest/globals';
import type { Bench } from './bench';
import { answering } from './controllers';

export function describeAnswers(current: () => Bench): void {
  describe('questions and answers', () => {
    it('answers a question with what the handler returned', async () => {
      const { ask, start } = current();
      await start([answering()]);
      const question = {
        text: 'città — 日本 \u0000 "',
        list: [1, 2.5, null, {}],
        flag: false,
        key: '9007199254740993',
      };
      expect(await ask('suite.echo', question)).toEqual(question);
      expect(await ask('suite.echo', '')).toBe('');
      expect(await ask('suite.echo', [])).toEqual([]);
      expect(await ask('suite.echo', 0)).toBe(0);
    });

    it('takes the first value of a stream', async () => {
      const { ask, start } = current();
      await start([answering()]);
      expect(await ask('suite.answer.stream')).toBe('first');
    });

    it('carries undefined and null apart, both ways', async () => {
      const { ask, start } = current();
      await start([answering()]);
      expect(await ask('suite.kind', undefined)).toBe('undefined');
      expect(await ask('suite.kind', null)).toBe('null');
      expect(await ask('suite.answer.nothing')).toBeUndefined();
      expect(await ask('suite.answer.null')).toBeNull();
    });

    it('carries what JSON makes of a value, and hands out no shared object', async () => {
      const { ask, start } = current();
      await start([answering()]);
      const question = { at: new Date(0), gone: undefined };
      expect(await ask('suite.echo', question)).toStrictEqual({ at: '1970-01-01T00:00:00.000Z' });
      expect(await ask('suite.answer.date')).toBe('1970-01-01T00:00:00.000Z');
      expect(await ask('suite.answer.holes')).toStrictEqual({ kept: 1 });
    });

    it('refuses to send what JSON cannot carry', async () => {
      const { fault, messenger, start } = current();
      await start([answering()]);
      const loop: Record<string, unknown> = {};
      loop['self'] = loop;
      for (const question of [1n, { value: 1n }, loop, () => 1, Symbol('no')]) {
        expect(await fault('suite.echo', question)).toMatchObject({ code: 'NOT_JSON' });
        await expect(messenger.nudge('suite.plain', question)).rejects.toMatchObject({ code: 'NOT_JSON' });
      }
    });

    it('carries a million bytes and refuses more than a mebibyte', async () => {
      const { ask, fault, messenger, start } = current();
      await start([answering()]);
      const large = 'x'.repeat(1_000_000);
      expect(await ask('suite.echo', large)).toBe(large);
      const tooLarge = 'é'.repeat(524_289);
      expect(await fault('suite.echo', tooLarge)).toMatchObject({ code: 'TOO_LARGE' });
      await expect(messenger.nudge('suite.plain', tooLarge)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    });

    it('carries exactly a mebibyte', async () => {
      const { ask, start } = current();
      await start([answering()]);
      expect(await ask('suite.kind', 'x'.repeat(1_048_574))).toBe('string');
    });

    it('says so when an answer cannot be sent', async () => {
      const { fault, faults, start } = current();
      await start([answering()]);
      for (const subject of ['suite.answer.bigint', 'suite.answer.large']) {
        const problem = { code: 'ANSWER_INVALID', retryable: false };
        expect(await fault(subject)).toMatchObject({ code: 'REJECTED', problem });
      }
      expect(faults.map(({ subject }) => subject)).toEqual(['suite.answer.bigint', 'suite.answer.large']);
    });

    it('refuses a subject that is none', async () => {
      const { ask, messenger } = current();
      for (const subject of [
        '',
        'suite..echo',
        'suite.*',
        'suite.>',
        'suite echo',
        '.suite',
        'nudge',
        'nudge.suite',
      ]) {
        await expect(ask(subject)).rejects.toThrow(TypeError);
        await expect(messenger.nudge(subject, 1)).rejects.toThrow(TypeError);
      }
    });
  });
}
