/** A fleet of replicas, messages that get lost, come twice and come late, and processes that die or stand still. */
import { setTimeout as delay } from 'node:timers/promises';
import { MessageFault, type Messenger } from '@daymark/messaging';
import type { House, Wires } from './house';
import { openReplica, type Replica } from './replicas';

export type Random = () => number;

/** The same numbers for the same seed (mulberry32). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)]!;
}

type Room = 'polling' | 'execution';

export interface Fleet {
  /** Asks some replica, again and again with the same question, until one answers. */
  ask(room: Room, subject: string, question: object, caller: { commandId: string }): Promise<unknown>;
  kill(room: Room): Promise<void>;
  freeze(room: Room): void;
  stop(room: Room): Promise<void>;
  thaw(): void;
  /** From now on messages arrive, once. */
  heal(): void;
}

/** After that many losses somebody stops asking and the spec fails. */
const TRIES = 200;

export async function openFleet(house: House, random: Random, size: number): Promise<Fleet> {
  const rooms: Record<Room, Replica[]> = { polling: [], execution: [] };
  const frozen: Replica[] = [];
  let healed = false;
  const happens = (share: number): boolean => !healed && random() < share;

  const unreliable = (messenger: Messenger): Messenger => ({
    ask: (...args) => messenger.ask(...args),
    nudge: async (subject, message) => {
      if (happens(0.3)) return;
      const times = happens(0.3) ? 2 : 1;
      for (let i = 0; i < times; i += 1) {
        if (happens(0.3)) await delay(Math.floor(random() * 200));
        await pick(random, rooms.polling)
          .nudge(subject, message as object)
          .catch(() => undefined);
      }
    },
  });
  const wires: Wires = { messenger: unreliable };
  const add = async (room: Room): Promise<void> =>
    void rooms[room].push(await openReplica(house, room, wires));
  /** Never the last one: somebody is always there to be asked. */
  const take = (room: Room): Replica => {
    const replica = pick(random, rooms[room]);
    rooms[room] = rooms[room].filter((other) => other !== replica);
    return replica;
  };

  async function askOnce(room: Room, ...question: Parameters<Replica['ask']>): Promise<unknown> {
    const lost = () => Promise.reject(new MessageFault('TIMEOUT', 'Lost.'));
    if (happens(0.15)) return lost();
    const answer = pick(random, rooms[room]).ask(...question);
    if (happens(0.2)) {
      const again = delay(Math.floor(random() * 300)).then(() => pick(random, rooms[room]).ask(...question));
      again.catch(() => undefined);
    }
    if (!happens(0.15)) return answer;
    answer.catch(() => undefined);
    return lost();
  }

  for (let i = 0; i < size; i += 1) await Promise.all([add('polling'), add('execution')]);
  return {
    ask: async (room, ...question) => {
      for (let i = 0; i < TRIES; i += 1) {
        try {
          return await askOnce(room, ...question);
        } catch (fault) {
          if (!(fault instanceof MessageFault) || !isLost(fault)) throw fault;
          await delay(20);
        }
      }
      throw new Error(`Nobody answered ${question[0]}.`);
    },
    kill: async (room) => {
      await add(room);
      const victim = take(room);
      await victim.kill();
    },
    stop: async (room) => {
      await add(room);
      await take(room).stop();
    },
    freeze: (room) => {
      if (rooms[room].length < 2) return;
      const replica = take(room);
      replica.freeze();
      frozen.push(replica);
    },
    thaw: () => {
      for (const replica of frozen.splice(0)) replica.thaw();
    },
    heal: () => {
      healed = true;
    },
  };
}

/** What somebody who asks would ask again; a service that could not decide says so itself. */
function isLost({ code, problem }: MessageFault): boolean {
  return code === 'TIMEOUT' || code === 'CLOSED' || code === 'NO_RESPONDER' || problem?.retryable === true;
}
