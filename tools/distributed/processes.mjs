/** Processes that are kept running until they are told to stop. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const EXIT_CONFIGURATION = 78;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** One that lived this long was well: the next end of it is a new story. */
const WELL_MS = 60_000;

const setpriv = '/usr/bin/setpriv';

/** Where the system can do it, a child ends with this process even when that is killed. */
function command(program, words) {
  return existsSync(setpriv) ? [setpriv, ['--pdeathsig', 'TERM', program, ...words]] : [program, words];
}

/**
 * Keeps one process running: begun again, later each time, when it ends by itself. One whose configuration cannot work
 * is not: `giveUp` is told.
 */
export function childOf({ name, begin, logger, giveUp }) {
  const stopping = new AbortController();
  let child;
  const running = keepRunning();

  async function keepRunning() {
    for (let pause = FIRST_PAUSE_MS; !stopping.signal.aborted;) {
      const begun = performance.now();
      child = begin(command);
      const [code, signal] = await once(child, 'exit').catch((error) => [error.code ?? 1, null]);
      if (stopping.signal.aborted) return;
      if (code === EXIT_CONFIGURATION) {
        giveUp();
        return;
      }
      if (performance.now() - begun > WELL_MS) pause = FIRST_PAUSE_MS;
      logger.warn(
        { child: name, code, signal, againInMs: pause },
        'A process ended by itself; it is started again.',
      );
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }

  return {
    stop: async () => {
      stopping.abort();
      child?.kill('SIGTERM');
      await running;
    },
  };
}

/** A port of this machine that nobody has now. */
export async function freePort() {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves once a server on that port says something. */
export async function untilSpeaks(port, signal) {
  while (!(await speaks(port))) await delay(50, undefined, { signal });
}

function speaks(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (spoke) => {
      socket.destroy();
      resolve(spoke);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
  });
}
