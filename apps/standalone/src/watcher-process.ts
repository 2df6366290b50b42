import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@daymark/platform';
import type { DemoPlace } from './demo';

/** An app is started, not imported. */
const MAIN = resolve(__dirname, '../../data-watcher/dist/main.js');
const AGAIN_MS = 5_000;

export interface WatcherProcess {
  /** Resolves when its table is there and filled. */
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Keeps data-watcher running beside Daymark; it ends when its end of the pipe closes, whatever happened here. */
export function startWatcher(place: DemoPlace, logger: Logger): WatcherProcess {
  const stopping = new AbortController();
  const told = resolvers();
  let child: ChildProcess | undefined;

  async function keepRunning(): Promise<void> {
    do {
      child = begin(place, logger);
      child.on('message', () => told.resolve());
      const [code] = (await once(child, 'exit')) as [number | null];
      await again(code);
    } while (!stopping.signal.aborted);
  }

  async function again(code: number | null): Promise<void> {
    if (stopping.signal.aborted) return;
    logger.warn({ code }, 'data-watcher ended by itself; it is started again.');
    await delay(AGAIN_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  const running = keepRunning();
  return {
    ready: told.promise,
    stop: async () => {
      stopping.abort();
      if (child?.connected === true) child.disconnect();
      await running;
    },
  };
}

function begin(place: DemoPlace, logger: Logger): ChildProcess {
  const child = fork(MAIN, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C reaches the whole group: the child ends when we let it go, not before.
    detached: true,
    env: {
      DATA_WATCHER_DATABASE_URL: place.writerUrl,
      DATA_WATCHER_SCHEMA: place.schema,
      DATA_WATCHER_TIME_ZONE: place.timeZone,
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      const wrong = stream === child.stderr || /"level":"(warn|error|fatal)"/.test(line);
      logger[wrong ? 'warn' : 'debug']({ line }, 'data-watcher says');
    });
  }
  return child;
}

function resolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
