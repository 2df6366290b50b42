import { describe, expect, it } from '@jest/globals';

import { createLifecycle, startAll } from './lifecycle';
import { type Signalled, stopOnSignals } from './signals';

const logger = { info: () => undefined, error: () => undefined };
const never = () => new Promise<void>(() => undefined);

describe('createLifecycle', () => {
  it('stops in reverse, one part after another, once', async () => {
    const lifecycle = createLifecycle({ deadlineMs: 1_000, logger });
    const seen: string[] = [];
    for (const name of ['log', 'store', 'http']) {
      lifecycle.started(name, async () => {
        seen.push(`${name} stops`);
        await Promise.resolve();
        seen.push(`${name} stopped`);
      });
    }
    expect(lifecycle.signal.aborted).toBe(false);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect(lifecycle.signal.aborted).toBe(true);
    expect(seen).toEqual(['http', 'store', 'log'].flatMap((name) => [`${name} stops`, `${name} stopped`]));
  });

  it('stops the others when one fails or hangs, and keeps every error', async () => {
    const lifecycle = createLifecycle({ deadlineMs: 20, logger });
    const seen: string[] = [];
    const cause = new Error('no');
    lifecycle.started('last', () => void seen.push('last'));
    lifecycle.started('failing', () => Promise.reject(cause));
    lifecycle.started('throwing', () => {
      throw cause;
    });
    lifecycle.started('hanging', never);
    const error = await lifecycle.stop().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      errors: [
        { message: 'hanging did not stop in time' },
        { message: 'throwing failed to stop: Error: no', cause },
        { message: 'failing failed to stop: Error: no', cause },
      ],
    });
    expect(seen).toEqual(['last']);
  });
});

describe('startAll', () => {
  it('answers with what was started', async () => {
    const lifecycle = createLifecycle({ deadlineMs: 1_000, logger });
    expect(await startAll(lifecycle, () => Promise.resolve(7))).toBe(7);
  });

  it('unwinds in reverse what was started before the failure', async () => {
    const lifecycle = createLifecycle({ deadlineMs: 1_000, logger });
    const seen: string[] = [];
    const failure = new Error('port taken');
    const start = () => {
      lifecycle.started('one', () => void seen.push('one'));
      lifecycle.started('two', () => void seen.push('two'));
      return Promise.reject(failure);
    };
    await expect(startAll(lifecycle, start)).rejects.toBe(failure);
    expect(seen).toEqual(['two', 'one']);
  });

  it('keeps the failure and what went wrong while unwinding', async () => {
    const lifecycle = createLifecycle({ deadlineMs: 1_000, logger });
    const failure = new Error('port taken');
    const start = () => {
      lifecycle.started('one', () => Promise.reject(new Error('stuck')));
      return Promise.reject(failure);
    };
    const error = await startAll(lifecycle, start).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      errors: [failure, { errors: [{ message: 'one failed to stop: Error: stuck' }] }],
    });
  });
});

describe('stopOnSignals', () => {
  function signalled() {
    const listeners = new Map<NodeJS.Signals, () => void>();
    let exited: (code: number) => void;
    const exit = new Promise<number>((resolve) => (exited = resolve));
    const target: Signalled = {
      on: (signal, listener) => listeners.set(signal, listener),
      exit: (code) => exited(code),
    };
    return { target, exit, send: (signal: NodeJS.Signals) => listeners.get(signal)?.() };
  }

  it('exits with 0 when everything stopped well, with 1 when not', async () => {
    for (const [stop, code] of [
      [() => undefined, 0],
      [() => Promise.reject(new Error('no')), 1],
    ] as const) {
      const lifecycle = createLifecycle({ deadlineMs: 1_000, logger });
      lifecycle.started('part', stop);
      const { target, exit, send } = signalled();
      stopOnSignals(lifecycle, target);
      send('SIGTERM');
      expect(await exit).toBe(code);
    }
  });

  it('exits at once on a second signal, whichever, but takes an echo of the first for what it is', async () => {
    const lifecycle = createLifecycle({ deadlineMs: 100, logger });
    lifecycle.started('part', never);
    const { target, exit, send } = signalled();
    let time = 0;
    stopOnSignals(lifecycle, { ...target, exit: (code) => target.exit(code + time) }, { now: () => time });
    send('SIGINT');
    time = 499;
    send('SIGINT');
    time = 500;
    send('SIGTERM');
    expect(await exit).toBe(501);
    await lifecycle.stop().catch(() => undefined);
  });
});
