import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { backoff } from './backoff';

/** One turn of a loop. */
export interface Turn {
  /** Aborted when the loop is to end. The turn may finish what it has in hand. */
  readonly signal: AbortSignal;
  /** Says that a long turn still moves. */
  readonly beat: () => void;
}

export interface LoopOptions {
  readonly name: string;
  /** From the end of one turn to the begin of the next, unless the turn answers with another number. */
  readonly everyMs: number;
  /** The work. A number that it answers with is the pause after it, in milliseconds. */
  readonly run: (turn: Turn) => Promise<number | undefined>;
  readonly logger: Pick<Logger, 'warn'>;
  /** Ends the loop as `stop` does. */
  readonly signal?: AbortSignal;
  /** Milliseconds of any clock that does not jump back. */
  readonly now?: () => number;
  readonly random?: () => number;
}

export interface Loop {
  readonly name: string;
  /**
   * For how long, in milliseconds, the loop has shown no life: since its turn began or was last confirmed, or since its
   * pause should have ended. The measure of liveness.
   */
  readonly silentMs: () => number;
  /** Begins the next turn now; during a turn, right after it. */
  readonly wake: () => void;
  /** Resolves when the turn in hand has ended and no other will begin. May be called twice. Never rejects. */
  readonly stop: () => Promise<void>;
}

/**
 * Runs a piece of work again and again, one turn at a time, the first at once. A turn that fails is logged and tried
 * again after a backoff; the loop itself ends only when told to.
 */
export function startLoop(options: LoopOptions): Loop {
  const { name, signal, now = () => performance.now() } = options;
  const abort = new AbortController();
  const pace = createPace();
  let expected = now();
  const expectAfter = (ms: number): void => {
    expected = now() + ms;
  };
  const end = (): void => {
    abort.abort();
    pace.wake();
  };
  if (signal?.aborted === true) end();
  signal?.addEventListener('abort', end, { once: true });
  const course: Course = { signal: abort.signal, pace, expectAfter };
  const ended = turnUntilAborted(options, course).finally(() => signal?.removeEventListener('abort', end));
  return {
    name,
    silentMs: () => Math.max(0, now() - expected),
    wake: pace.wake,
    stop: () => {
      end();
      return ended;
    },
  };
}

interface Course {
  readonly signal: AbortSignal;
  readonly pace: Pace;
  readonly expectAfter: (ms: number) => void;
}

async function turnUntilAborted(options: LoopOptions, { signal, pace, expectAfter }: Course): Promise<void> {
  const { name, everyMs, run, logger, random = Math.random } = options;
  const turn: Turn = { signal, beat: () => expectAfter(0) };
  const over = (): boolean => signal.aborted;
  let attempt = 0;
  while (!over()) {
    let pauseMs: number;
    turn.beat();
    try {
      pauseMs = (await run(turn)) ?? everyMs;
      attempt = 0;
    } catch (error) {
      attempt += 1;
      pauseMs = backoff({ attempt, random });
      if (!over()) logger.warn({ err: error, loop: name, attempt, pauseMs }, 'a turn of a loop failed');
    }
    expectAfter(pauseMs);
    if (!over()) await pace.pause(pauseMs);
  }
}

interface Pace {
  readonly pause: (ms: number) => Promise<void>;
  readonly wake: () => void;
}

/** A pause that can be cut short, also before it begins: what is asked for during a turn is not forgotten. */
function createPace(): Pace {
  let woken = false;
  let timer = new AbortController();
  return {
    pause: async (ms) => {
      if (!woken) await delay(ms, undefined, { signal: timer.signal }).catch(() => undefined);
      woken = false;
      timer = new AbortController();
    },
    wake: () => {
      woken = true;
      timer.abort();
    },
  };
}
