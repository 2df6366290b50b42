import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A nats-server that can be run, or why there is none. */
export type FoundNatsServer = { readonly binary: string } | { readonly missing: string };

const variables = ['DAYMARK_TEST_NATS_SERVER', 'NATS_SERVER_BIN'] as const;
const debianPath = '/usr/sbin/nats-server';
const installMs = 240_000;
const lock = join(tmpdir(), 'daymark-nats-server.lock');
const failure = join(tmpdir(), 'daymark-nats-server.missing');

/**
 * Looks for nats-server: `DAYMARK_TEST_NATS_SERVER`, `NATS_SERVER_BIN`, the PATH, Debian's place. In a Debian container
 * where we are root it is installed when it is nowhere: once, whatever the number of processes that ask. Not on a
 * machine with systemd, where the package would start a service. `DAYMARK_TEST_NATS_SERVER=off` looks for nothing.
 */
export function findNatsServer(): FoundNatsServer {
  for (const name of variables) {
    const value = process.env[name];
    if (value === undefined || value === '') continue;
    if (value === 'off') return { missing: `${name} is off` };
    return isProgram(value) ? { binary: value } : { missing: `${name} names no program: ${value}` };
  }
  return findInstalled() ?? install();
}

function findInstalled(): FoundNatsServer | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const binary = [...folders.map((folder) => join(folder, 'nats-server')), debianPath].find(isProgram);
  return binary === undefined ? undefined : { binary };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function install(): FoundNatsServer {
  const refusal = whyNotInstalled();
  if (refusal !== undefined) return { missing: refusal };
  const held = takeLock();
  try {
    // Another process may have installed it, or failed to, while this one waited.
    return findInstalled() ?? lastFailure() ?? runApt();
  } finally {
    if (held) rmSync(lock, { force: true });
  }
}

function whyNotInstalled(): string | undefined {
  const advice = 'no nats-server found: set DAYMARK_TEST_NATS_SERVER or install one';
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return advice;
  return existsSync('/run/systemd/system') ? `${advice} (apt-get install nats-server)` : undefined;
}

function runApt(): FoundNatsServer {
  const options = {
    timeout: installMs / 2,
    stdio: 'ignore' as const,
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  };
  try {
    execFileSync('apt-get', ['update', '-q'], options);
    execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'nats-server'], options);
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown';
    writeFileSync(failure, `nats-server cannot be installed here: ${reason}`);
  }
  return findInstalled() ?? lastFailure() ?? { missing: 'apt-get left no nats-server' };
}

/** What an attempt of this run met: it is not made again for ten minutes. */
function lastFailure(): FoundNatsServer | undefined {
  const written = statSync(failure, { throwIfNoEntry: false })?.mtimeMs;
  if (written === undefined || Date.now() - written > 600_000) return undefined;
  return { missing: readFileSync(failure, 'utf8') };
}

/** False when the lock could not be had in time: its holder died. */
function takeLock(): boolean {
  const deadline = Date.now() + installMs;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (Date.now() < deadline) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch {
      if (isAbandoned()) rmSync(lock, { force: true });
      else Atomics.wait(pause, 0, 0, 100);
    }
  }
  return false;
}

function isAbandoned(): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
