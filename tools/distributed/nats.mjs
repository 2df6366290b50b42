/** A nats-server of this machine, for the services that are started beside it. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { childOf, freePort, untilSpeaks } from './processes.mjs';

const advice =
  'The four services talk over NATS, and there is no nats-server here. Install one (Debian and Ubuntu: apt-get install ' +
  'nats-server; macOS: brew install nats-server; else https://nats.io/download), name its program in NATS_SERVER_BIN, or ' +
  'name a running server in NATS_URL.';

/** The program, or a sentence about how to get one. */
export function findProgram(environment) {
  const named = environment.NATS_SERVER_BIN ?? '';
  if (named !== '') {
    if (isProgram(named)) return { program: named };
    return { missing: `NATS_SERVER_BIN names no program: ${named}` };
  }
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const program = [...folders, '/usr/sbin', '/usr/local/bin']
    .map((folder) => join(folder, 'nats-server'))
    .find(isProgram);
  return program === undefined ? { missing: advice } : { program };
}

/**
 * Starts it on a loopback port of its own; only who has the token is let in. It is started again on the same port when
 * it ends by itself: services find it there.
 */
export async function startNats({ configuration, environment, lifecycle, logger }) {
  const { program, missing } = findProgram(environment);
  if (program === undefined) throw new Error(missing);
  const port = await freePort();
  const token = randomBytes(24).toString('hex');
  const folder = join(configuration.home, 'nats');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'server.conf');
  writeFileSync(file, `listen: "127.0.0.1:${port}"\nauthorization { token: "${token}" }\n`, { mode: 0o600 });
  const server = childOf({
    name: 'nats-server',
    begin: (command) => spawn(...command(program, ['-c', file]), { detached: true, stdio: 'ignore' }),
    logger,
    giveUp: () => undefined,
  });
  lifecycle.started('nats-server', () => server.stop());
  await untilSpeaks(port, lifecycle.signal);
  return `nats://${token}@127.0.0.1:${port}`;
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
