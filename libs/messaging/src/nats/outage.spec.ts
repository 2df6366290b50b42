import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { MessageFault, type Messenger } from '../port';
import { describeWithNats } from '../testing';
import { answering, counting, holding, saying } from '../testing/controllers';
import { natsRooms, type NatsRooms } from '../testing/nats/nats-rooms';
import { gate, until } from '../testing/until';
import { startNatsServer, type TestNatsServer } from '../testing-nats';

const ask = (messenger: Messenger, timeoutMs = 2_000): Promise<unknown> =>
  messenger.ask('suite.echo', 'x', { timeoutMs });

/** The code of a fault, or what was answered. */
async function outcomeOf(asked: Promise<unknown>): Promise<unknown> {
  try {
    return await asked;
  } catch (thrown) {
    if (thrown instanceof MessageFault) return thrown.code;
    throw thrown;
  }
}

async function elapsed(work: Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work;
  return performance.now() - begun;
}

describeWithNats('nats, while the server comes and goes', (binary) => {
  let server: TestNatsServer;
  let rooms: NatsRooms;

  const begin = async (started = true): Promise<void> => {
    server = await startNatsServer({ binary, started });
    rooms = natsRooms(server);
  };

  beforeEach(() => begin());

  afterEach(async () => {
    await rooms.end();
    await server.stop();
  });

  it('waits for a server that is not up yet, and says meanwhile that nothing was asked', async () => {
    await server.stop();
    await begin(false);
    const bus = rooms.bus();
    const listening = rooms.serve(bus, [answering()]);
    const messenger = bus.messenger();
    await until(() => bus.state().lastError !== null);
    expect(bus.state()).toMatchObject({ status: 'connecting', lastError: 'CONNECTION_REFUSED', refused: [] });
    expect(await elapsed(outcomeOf(ask(messenger)))).toBeLessThan(200);
    expect(await outcomeOf(ask(messenger))).toBe('DISCONNECTED');
    await expect(messenger.nudge('suite.plain', 1)).resolves.toBeUndefined();
    await server.start();
    await listening;
    expect(bus.state()).toMatchObject({ status: 'connected', lastError: null });
    expect(await ask(messenger)).toBe('x');
  });

  it('can be closed before there ever was a server, at once', async () => {
    await server.kill();
    const bus = rooms.bus();
    const waiting = expect(bus.connected()).rejects.toMatchObject({ code: 'CLOSED' });
    const listening = expect(rooms.serve(bus, [answering()])).rejects.toMatchObject({ code: 'CLOSED' });
    await until(() => bus.state().lastError !== null);
    expect(await elapsed(bus.close())).toBeLessThan(500);
    await Promise.all([waiting, listening]);
    await expect(bus.connected()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await outcomeOf(ask(bus.messenger()))).toBe('CLOSED');
    expect(bus.state().status).toBe('closed');
  });

  it('fails questions in hand when the server is killed, long before their time-out; later ones work', async () => {
    const bus = rooms.bus();
    const { passed, open } = gate();
    const { controller, count } = holding(passed);
    await rooms.serve(bus, [controller, answering()], { concurrency: 50 });
    const messenger = bus.messenger();
    const asks = Array.from({ length: 50 }, () =>
      outcomeOf(messenger.ask('suite.hold', 1, { timeoutMs: 60_000 })),
    );
    await until(() => count.working === 50);
    await server.kill();
    expect(await elapsed(Promise.all(asks))).toBeLessThan(1_000);
    expect(new Set(await Promise.all(asks))).toEqual(new Set(['DISCONNECTED']));
    open();
    await server.start();
    await bus.connected();
    expect(await ask(messenger)).toBe('x');
    expect(count.begun).toBe(50);
  });

  it('works again after ten seconds without a server, and asks fail fast all the time', async () => {
    const changes: string[] = [];
    const bus = rooms.bus({ onChange: (state) => changes.push(`${state.status} ${state.lastError}`) });
    await rooms.serve(bus, [answering()]);
    const messenger = bus.messenger();
    await server.kill();
    await until(() => bus.state().status === 'connecting');
    const since = Date.parse(bus.state().since);
    let slowest = 0;
    const outcomes = new Set<unknown>();
    while (Date.now() - since < 10_000) {
      slowest = Math.max(slowest, await elapsed(outcomeOf(ask(messenger)).then((o) => outcomes.add(o))));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(outcomes).toEqual(new Set(['DISCONNECTED']));
    expect(slowest).toBeLessThan(500);
    await server.start();
    expect(await elapsed(bus.connected())).toBeLessThan(6_000);
    expect(await ask(messenger)).toBe('x');
    expect(changes[0]).toBe('connected null');
    expect(changes[1]).toMatch(/^connecting /);
    // However often it tried.
    expect(changes.filter((change) => change === 'connecting CONNECTION_REFUSED')).toHaveLength(1);
    expect(changes.at(-1)).toBe('connected null');
    expect(changes.length).toBeLessThanOrEqual(5);
  });

  it('gives up a server that hangs, and works once it goes on, with no message twice', async () => {
    const bus = rooms.bus({ pingMs: 200, attemptMs: 500 });
    const heard: string[] = [];
    await rooms.serve(bus, [answering(), saying({ label: 'a', pattern: 'suite.who', heard })]);
    const messenger = bus.messenger();
    server.signal('SIGSTOP');
    // More than the sockets hold: what is written does not leave any more.
    for (let i = 0; i < 20; i += 1) await messenger.nudge('suite.unheard', 'x'.repeat(1_000_000));
    expect(await outcomeOf(ask(messenger, 300))).toBe('TIMEOUT');
    await until(() => bus.state().status === 'connecting', 30_000);
    expect(bus.state().lastError).toBe('STALE_CONNECTION');
    // Long enough for attempts that meet a server which takes connections and says nothing.
    await until(() => bus.state().lastError === 'TIMEOUT', 30_000);
    server.signal('SIGCONT');
    await bus.connected();
    for (let i = 0; i < 100; i += 1) {
      await messenger.nudge('suite.who', i);
      expect(await ask(messenger)).toBe('x');
    }
    await until(() => heard.length >= 100);
    expect(await ask(messenger)).toBe('x');
    expect(heard).toHaveLength(100);
  });

  it('asks nobody twice while the server is killed again and again', async () => {
    const asker = rooms.bus({ service: 'asker' });
    const begun: unknown[] = [];
    await rooms.serve(rooms.bus(), [counting(begun)]);
    const messenger = asker.messenger();
    const over = new AbortController();
    const outcomes: unknown[] = [];
    const asking = (async (): Promise<void> => {
      for (let id = 0; !over.signal.aborted; id += 1) {
        outcomes.push(await outcomeOf(messenger.ask('suite.count', id, { timeoutMs: 3_000 })));
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let i = 0; i < 5; i += 1) {
      const answered = outcomes.filter((outcome) => outcome === 'counted').length;
      await until(() => outcomes.filter((outcome) => outcome === 'counted').length > answered + 50, 15_000);
      await server.kill();
      await server.start();
    }
    over.abort();
    await asking;
    const kinds = new Set(outcomes);
    for (const kind of kinds) expect(['counted', 'DISCONNECTED', 'NO_RESPONDER', 'TIMEOUT']).toContain(kind);
    expect(kinds).toContain('DISCONNECTED');
    expect(new Set(begun).size).toBe(begun.length);
  });

  it('loses none of 20,000 nudges that were accepted before it was closed', async () => {
    const stranger = await rooms.stranger();
    const heard: number[] = [];
    stranger.subscribe('daymark.nudge.suite.text', {
      callback: (_, message) => heard.push(Number(message.string())),
    });
    await stranger.flush();
    const bus = rooms.bus({ closeMs: 10_000 });
    await bus.connected();
    const messenger = bus.messenger();
    for (let i = 0; i < 20_000; i += 1) void messenger.nudge('suite.text', i);
    await bus.close();
    await until(() => heard.length >= 20_000);
    expect(heard).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
  });

  it('handles all of 20,000 nudges that it took before it stopped', async () => {
    const heard: string[] = [];
    const service = await rooms.serve(rooms.bus(), [saying({ label: 'a', pattern: 'suite.many', heard })], {
      waiting: 20_000,
      drainMs: 30_000,
    });
    const stranger = await rooms.stranger();
    for (let i = 0; i < 20_000; i += 1) stranger.publish('daymark.nudge.suite.many', String(i));
    await stranger.flush();
    await service.stop();
    expect(heard).toHaveLength(20_000);
    expect(rooms.faults).toEqual([]);
  });

  it('stops within its bounds while the server hangs or is gone', async () => {
    const bus = rooms.bus({ closeMs: 300 });
    const { passed, open } = gate();
    const { controller, count } = holding(passed);
    const service = await rooms.serve(bus, [controller], { drainMs: 300 });
    const asked = outcomeOf(bus.messenger().ask('suite.hold', 1, { timeoutMs: 60_000 }));
    await until(() => count.working === 1);
    server.signal('SIGSTOP');
    expect(await elapsed(service.stop())).toBeLessThan(2_500);
    expect(await elapsed(bus.close())).toBeLessThan(1_000);
    expect(await asked).toBe('CLOSED');
    open();
    server.signal('SIGCONT');
    const other = rooms.bus({ closeMs: 300 });
    const second = await rooms.serve(other, [answering()], { drainMs: 300 });
    await server.kill();
    expect(await elapsed(second.stop())).toBeLessThan(1_000);
    expect(await elapsed(other.close())).toBeLessThan(1_000);
  });
});
