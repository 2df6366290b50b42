import { describe, expect, it } from '@jest/globals';

import { secret } from '../config/secret';
import { createLogger } from './logger';
import { nestLogger } from './nest-logger';
import { createScrubber } from './scrubber';
import { withFields } from './with-fields';

function heard(pretty = false) {
  const lines: string[] = [];
  const scrubber = createScrubber();
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ name: 'test', level: 'debug', pretty, scrubber, destination });
  const last = (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown>;
  return { logger, scrubber, lines, last };
}

describe('createLogger', () => {
  it('writes one JSON object a line, with the fields of the child and the causes of an error', () => {
    const { logger, last } = heard();
    const err = new Error('outer', { cause: new Error('inner') });
    logger.child({ run: 'r1' }).error({ err }, 'run failed');
    expect(last()).toMatchObject({
      level: 'error',
      name: 'test',
      run: 'r1',
      msg: 'run failed',
      err: { message: 'outer', cause: { message: 'inner' } },
    });
    expect(last()['time']).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('speaks plainly to people', () => {
    const { logger, lines } = heard(true);
    logger.info({ port: 3000 }, 'listening');
    expect(lines.join()).toMatch(/INFO.*listening.*"port":3000/);
  });

  it('masks wrapped secrets', () => {
    const { logger, last } = heard();
    logger.info({ password: secret('hush-hush') }, 'started');
    expect(last()['password']).toBe('[secret]');
  });
});

describe('createScrubber', () => {
  it.each(['pa"ss\\wörd', 'p@ss/word?', 'plainpassword', '12345678', 'level', '{"a":1}'])(
    'takes %p out of texts, names, errors and nested JSON, in both forms',
    (value) => {
      for (const pretty of [false, true]) {
        const { logger, scrubber, lines } = heard(pretty);
        scrubber.registerSecret(value);
        logger.warn(
          {
            url: `postgresql://me:${encodeURIComponent(value)}@db`,
            [value]: 1,
            nested: [{ body: JSON.stringify({ value }) }],
            number: 12345678,
            err: new Error(`refused ${value}`),
          },
          `said ${value}`,
        );
        const text = lines.join('');
        const inside = JSON.stringify(value).slice(1, -1);
        for (const form of [value, inside, encodeURIComponent(value)]) {
          if (form !== 'level' || pretty) expect(text.replaceAll('[secret]', '')).not.toContain(form);
        }
        if (!pretty) expect(() => JSON.parse(text) as unknown).not.toThrow();
      }
    },
  );

  it('leaves lines alone that hold none, and ignores what is too short to be told apart', () => {
    const { scrubber } = heard();
    scrubber.registerSecret('abc');
    scrubber.registerSecret('longer');
    expect(scrubber.scrub('{"msg":"abc"}\n')).toBe('{"msg":"abc"}\n');
  });

  it('leaves nothing of a longer secret that holds a shorter one', () => {
    const { scrubber } = heard();
    scrubber.registerSecret('hush');
    scrubber.registerSecret('hush-and-more');
    expect(scrubber.scrub('{"msg":"hush-and-more hush"}')).toBe('{"msg":"[secret] [secret]"}\n');
  });
});

describe('nestLogger', () => {
  it('gives what Nest says the right level, context and error', () => {
    const { logger, last } = heard();
    const nest = nestLogger(logger);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    expect(last()).toMatchObject({ level: 'info', context: 'RouterExplorer', msg: 'Mapped {/x, GET} route' });
    nest.error('broke', 'stack line', 'Handler');
    expect(last()).toMatchObject({
      level: 'error',
      context: 'Handler',
      details: ['stack line'],
      msg: 'broke',
    });
    nest.fatal?.(new Error('gone'));
    expect(last()).toMatchObject({ level: 'fatal', err: { message: 'gone' }, msg: 'gone' });
  });
});

describe('withFields', () => {
  it('adds its fields to every line at its level; a line’s own win', () => {
    const { logger, last } = heard();
    const lines = withFields(withFields(logger, { run: 'r1', source: 'orders' }), { correlationId: 'c1' });
    for (const level of ['info', 'warn', 'error'] as const) {
      lines[level]({ code: 'X' }, 'said');
      const all = { run: 'r1', source: 'orders', correlationId: 'c1', code: 'X', level, msg: 'said' };
      expect(last()).toMatchObject(all);
    }
    lines.info({ correlationId: 'c2' }, 'said');
    expect(last()).toMatchObject({ run: 'r1', correlationId: 'c2' });
  });
});
