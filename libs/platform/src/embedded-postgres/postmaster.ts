import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { Fault } from '../faults/fault';
import { hasCode, readText } from './files';
import { postmasterFileOf, readPostmasterFile } from './postmaster-file';
import { commandLineOf, isRunning } from './process-identity';
import type { Runner } from './runner';

/** How a server's first process ended; both are null when it could not be started at all. */
export interface PostmasterExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server that this process started. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Settles when the server's first process has ended, however it ended. Never rejects, keeps nothing alive. */
  readonly exited: Promise<PostmasterExit>;
  /** As `stopPostmaster`; resolves at once when it has ended already. */
  readonly stop: () => Promise<void>;
}

export interface PostmasterOptions {
  readonly dataDirectory: string;
  readonly port: number;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
}

const pollMs = 10;
const startTimeoutMs = 120_000;
const stopPatienceMs = 30_000;
const logTailLines = 12;

/**
 * Starts a server and waits until it takes connections. It runs in a session of its own: a signal to our process group
 * (Ctrl-C) must not end it before its clients have drained. Rejects with `POSTGRES_START_FAILED` and the end of the
 * server's log.
 */
export async function startPostmaster(runner: Runner, options: PostmasterOptions): Promise<Postmaster> {
  const { dataDirectory, port, logFile } = options;
  const child = spawnServer(runner, options);
  const exited = exitOf(child);
  const end: { seen?: PostmasterExit } = {};
  void exited.then((exit) => (end.seen = exit));
  const pid = child.pid ?? 0;
  const deadline = performance.now() + startTimeoutMs;
  while (end.seen === undefined && performance.now() < deadline) {
    const file = readPostmasterFile(dataDirectory);
    if (file?.pid === pid && file.ready) {
      return { pid, port, exited, stop: () => stopOwn(child, dataDirectory, exited) };
    }
    await delay(pollMs);
  }
  child.kill('SIGQUIT');
  const tail = tailOf(logFile);
  throw new Fault('POSTGRES_START_FAILED', `PostgreSQL did not start. The end of ${logFile}:\n${tail}`, {
    retryable: true,
  });
}

function spawnServer(
  runner: Runner,
  { dataDirectory, port, logFile, settings }: PostmasterOptions,
): ChildProcess {
  const all = { ...settings, port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const words = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { file, args, identity } = runner.launch(runner.binaries.postgres, ['-D', dataDirectory, ...words]);
  const log = openSync(logFile, 'a', 0o600);
  try {
    const child = spawn(file, args, {
      ...identity,
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

function exitOf(child: ChildProcess): Promise<PostmasterExit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

async function stopOwn(
  child: ChildProcess,
  dataDirectory: string,
  exited: Promise<PostmasterExit>,
): Promise<void> {
  // Once it was reaped its number may be another process's.
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  await stopPostmaster(child.pid ?? 0, dataDirectory);
  await exited;
}

/**
 * Stops a server: fast shutdown (open transactions are rolled back, a checkpoint is written); after 30 s an immediate
 * one (the next start recovers from the log); after 30 s more it is killed. Resolves once `postmaster.pid` is gone or
 * its process has ended. Rejects with `POSTGRES_STOP_FAILED` when even that does not end it.
 */
export async function stopPostmaster(pid: number, dataDirectory: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!send(pid, signal)) return;
    if (await vanished(pid, dataDirectory)) return;
  }
  throw new Fault('POSTGRES_STOP_FAILED', `PostgreSQL (process ${pid}) did not stop.`);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
    throw error;
  }
}

async function vanished(pid: number, dataDirectory: string): Promise<boolean> {
  const deadline = performance.now() + stopPatienceMs;
  while (performance.now() < deadline) {
    if (readPostmasterFile(dataDirectory)?.pid !== pid || !isRunning(pid)) return true;
    await delay(pollMs);
  }
  return false;
}

/**
 * Makes a data directory free whose owner is gone, and answers with the number of the server that had to be ended. The
 * number in `postmaster.pid` is trusted only if that process is a server of this very directory; where it is some other
 * process, the file is removed, because the server itself would take it for a running one. A dead server's file is left
 * to the server, which also looks for its surviving children.
 */
export async function endOrphan(dataDirectory: string): Promise<number | undefined> {
  const pid = readPostmasterFile(dataDirectory)?.pid;
  if (pid === undefined || !isRunning(pid)) return undefined;
  if (commandLineOf(pid)?.includes(` -D ${dataDirectory} `) !== true) {
    rmSync(postmasterFileOf(dataDirectory), { force: true });
    return undefined;
  }
  await stopPostmaster(pid, dataDirectory);
  return pid;
}

/** Nothing of our own environment (a PGDATA, a PGPORT, a password) reaches the server. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

function tailOf(logFile: string): string {
  return (readText(logFile) ?? '').trimEnd().split('\n').slice(-logTailLines).join('\n');
}
