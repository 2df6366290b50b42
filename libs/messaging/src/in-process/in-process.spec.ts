import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { HandlerFault } from '../handlers';
import { listenWith } from '../testing';
import { holding, saying } from '../testing/controllers';
import { gate, until } from '../testing/until';
import { createInProcessBus, type InProcessBus } from './bus';
import { InProcessServer, type InProcessServerOptions } from './server';

describe('in-process bus', () => {
  let bus: InProcessBus;
  let faults: HandlerFault[];
  const running: { close(): Promise<void> }[] = [];

  beforeEach(() => {
    bus = createInProcessBus();
    faults = [];
  });

  afterEach(async () => {
    bus.close();
    for (const microservice of running.splice(0)) await microservice.close();
  });

  const serve = async (controllers: Type[], options: Partial<InProcessServerOptions> = {}): Promise<void> => {
    const onFault = (fault: HandlerFault): unknown => faults.push(fault);
    const server = new InProcessServer(bus, { onFault, ...options });
    running.push(await listenWith(server, controllers, onFault));
  };
  const ask = (subject: string): Promise<string> => bus.messenger().ask(subject, null, { timeoutMs: 1_000 });

  it('takes the members of a queue group in turn', async () => {
    for (const label of ['a', 'b', 'c']) await serve([saying({ label })], { queue: 'q' });
    const answers: string[] = [];
    for (let i = 0; i < 7; i += 1) answers.push(await ask('who'));
    expect(answers.join('')).toBe('abcabca');
  });

  it('does not start with two answers to one question, or a pattern that is none', async () => {
    await expect(serve([saying({ label: 'a' }), saying({ label: 'b' })])).rejects.toThrow(
      /Two handlers answer/,
    );
    await expect(serve([saying({ label: 'a', pattern: 'a..b' })])).rejects.toThrow(TypeError);
    expect(() => new InProcessServer(bus, { concurrency: 0, onFault: () => undefined })).toThrow(RangeError);
  });

  it('reports a nudge that it had to drop', async () => {
    const { passed, open } = gate();

    @Controller()
    class Slow {
      @EventPattern('slow')
      async slow(): Promise<void> {
        await passed;
      }
    }
    await serve([Slow], { concurrency: 1, waiting: 1 });
    for (let i = 0; i < 3; i += 1) await bus.messenger().nudge('slow', i);
    expect(faults.map(({ subject }) => subject)).toEqual(['slow']);
    open();
  });

  it('keeps the one shape of errors even where the handlers were not prepared', async () => {
    @Controller()
    class Breaking {
      @MessagePattern('break')
      break(): never {
        throw new Error('secret');
      }
    }
    running.push(
      await listenWith(new InProcessServer(bus, { onFault: (fault) => faults.push(fault) }), [Breaking]),
    );
    await expect(ask('break')).rejects.toMatchObject({ code: 'REJECTED', problem: { code: 'INTERNAL' } });
    expect(faults).toHaveLength(1);
  });

  it('answers STOPPED, retryable, to what it could not finish', async () => {
    const { passed, open } = gate();
    const { controller, count } = holding(passed);
    await serve([controller], { concurrency: 1, drainMs: 20 });
    const asks = Promise.allSettled([ask('suite.hold'), ask('suite.hold')]);
    await until(() => count.working === 1);
    await running.pop()?.close();
    const reason = { code: 'REJECTED', problem: { code: 'STOPPED', retryable: true } };
    expect(await asks).toMatchObject([{ reason }, { reason }]);
    open();
  });

  it('fails what is in hand as soon as it is closed', async () => {
    const { passed, open } = gate();
    const { controller, count } = holding(passed);
    await serve([controller]);
    const asked = expect(ask('suite.hold')).rejects.toMatchObject({ code: 'CLOSED' });
    await until(() => count.working === 1);
    bus.close();
    await asked;
    open();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    'refuses to wait %d ms',
    async (timeoutMs) => {
      await serve([saying({ label: 'a' })]);
      await expect(bus.messenger().ask('who', 1, { timeoutMs })).rejects.toThrow(RangeError);
    },
  );
});
