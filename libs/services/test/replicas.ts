/** Several processes of each service in one: each a room of its own, on the log and the database that all share. */
import { randomUUID } from 'node:crypto';
import { createInProcessBus } from '@daymark/messaging/in-process';
import type { House, Wires } from './house';

export interface Replica {
  /** Asks this replica, and no other. */
  ask<Answer>(subject: string, question: object, caller?: Partial<Caller>): Promise<Answer>;
  /** A nudge to this one. */
  nudge(subject: string, message: object): Promise<void>;
  /** As SIGKILL: nothing that it has in hand goes on, and it gives nothing back. */
  kill(): Promise<void>;
  /** As SIGSTOP and SIGCONT: it stands still, holding what it holds, then goes on where it was. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

interface Caller {
  readonly actor: string;
  readonly commandId: string;
  readonly correlationId: string;
}

export async function openReplica(
  house: House,
  room: 'polling' | 'execution',
  wires: Wires = {},
): Promise<Replica> {
  const bus = createInProcessBus();
  const power = createPower();
  const connection = `names ${randomUUID()}`;
  const powered: Wires = {
    ...wires,
    bus,
    connection,
    log: (log) => power.behind(wires.log?.(log) ?? log),
    elements: (elements) => power.behind(wires.elements?.(elements) ?? elements),
    lastPolls: (table) => power.behind(wires.lastPolls?.(table) ?? table),
    messenger: (messenger) => power.behind(wires.messenger?.(messenger) ?? messenger),
    pause: (pause) => (ms, signal) =>
      power
        .pass()
        .then(() => pause(ms, signal))
        .then(power.pass),
    dead: () => power.isOff(),
  };
  const stop = await (room === 'polling' ? house.openPolling(powered) : house.openExecution(powered));
  const messenger = bus.messenger();
  return {
    ask: (subject, question, caller = {}) =>
      messenger.ask(subject, asked(question, caller), { timeoutMs: 20_000 }),
    nudge: (subject, message) => messenger.nudge(subject, message),
    kill: async () => {
      power.off();
      bus.close();
      // A lock goes with its connection, and that with its process.
      await house.sql(
        'SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE application_name = $1',
        [connection],
      );
    },
    freeze: () => power.hold(),
    thaw: () => power.on(),
    stop,
  };
}

function asked(question: object, caller: Partial<Caller>): object {
  // Questions that are no commands say nothing of who asks.
  if ('sourceIds' in question || 'runIds' in question || 'waitMs' in question) return question;
  return {
    caller: { actor: 'test', commandId: randomUUID(), correlationId: 'test', ...caller },
    ...question,
  };
}

/** What every call of a process goes through on its way out and on its way back. */
export interface Power {
  behind<Port extends object>(port: Port): Port;
  /** Resolves while there is power. */
  pass(): Promise<void>;
  isOff(): boolean;
  off(): void;
  hold(): void;
  on(): void;
}

export function createPower(): Power {
  let state: 'on' | 'held' | 'off' = 'on';
  let resume: (() => void)[] = [];

  const pass = async (): Promise<void> => {
    while (state !== 'on') await new Promise<void>((resolve) => resume.push(resolve));
  };

  async function* each<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
    for await (const item of items) {
      await pass();
      yield item;
    }
  }

  const called = async (result: Promise<unknown>): Promise<unknown> => {
    const settled = await result.then(
      (value) => () => value,
      (fault: unknown) => () => {
        throw fault;
      },
    );
    await pass();
    const value = settled();
    return isPort(value) ? behind(value) : value;
  };

  function behind<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (!isCallable(member)) return member;
        return (...args: unknown[]) => {
          if (key === 'subscribe') return each(member.apply(target, args) as AsyncIterable<unknown>);
          return called(pass().then(() => member.apply(target, args)));
        };
      },
    });
  }

  return {
    behind,
    pass,
    isOff: () => state === 'off',
    off: () => {
      state = 'off';
      resume = [];
    },
    hold: () => {
      state = 'held';
    },
    on: () => {
      state = 'on';
      for (const go of resume.splice(0)) go();
    },
  };
}

function isCallable(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}

/** What a run writes through is a port too. */
function isPort(value: unknown): value is object {
  return typeof value === 'object' && value !== null && 'commit' in value;
}
