import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { readPostmasterFile, readText } from './postmaster-file';
import type { Runner } from './runner';

export const SUPERUSER = 'daymark';

/** A server that this process started. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  /** Settles when the server's first process has ended, however it ended. Never rejects. */
  readonly exited: Promise<PostmasterExit>;
}

export interface PostmasterExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface PostmasterOptions {
  readonly dataDirectory: string;
  readonly port: number;
  readonly logFile: string;
  readonly settings: Readonly<Record<string, string>>;
}

const pollMs = 10;
const startTimeoutMs = 120_000;
const fastStopMs = 30_000;
const logTailLines = 12;

/** Makes a new cluster in `dataDirectory` (absent or empty), owned by `daymark` with the given password. */
export function initialiseCluster(runner: Runner, dataDirectory: string, password: string): void {
  const passwordFile = join(runner.directory, `.initdb-${randomBytes(6).toString('hex')}`);
  writeFileSync(passwordFile, password, { mode: 0o600, flag: 'wx' });
  runner.giveAway(passwordFile);
  const { file, args, identity } = runner.launch(runner.binaries.initdb, [
    `--pgdata=${dataDirectory}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--locale=C.UTF-8',
    '--encoding=UTF8',
    '--no-sync',
    '--no-instructions',
  ]);
  try {
    const options = { ...identity, cwd: '/', env: serverEnvironment(), encoding: 'utf8' } as const;
    const result = spawnSync(file, [...args], options);
    if (result.status === 0) return;
    const cause = result.error?.message ?? result.stderr.trim();
    throw new Error(`initdb could not make a database cluster in ${dataDirectory}: ${cause}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Starts a server and waits until it takes connections. It runs in a session of its own: a signal to our process group
 * (Ctrl-C) must not end it before its clients have drained. Rejects with the end of its log when it gives up.
 */
export async function startPostmaster(runner: Runner, options: PostmasterOptions): Promise<Postmaster> {
  const child = spawnServer(runner, options);
  const exited = exitOf(child);
  const pid = child.pid;
  let gone: PostmasterExit | undefined;
  void exited.then((exit) => (gone = exit));
  const deadline = performance.now() + startTimeoutMs;
  while (pid !== undefined && gone === undefined) {
    const file = readPostmasterFile(options.dataDirectory);
    if (file?.pid === pid && file.ready) return { pid, port: options.port, exited };
    if (performance.now() > deadline) {
      child.kill('SIGQUIT');
      break;
    }
    await delay(pollMs);
  }
  await exited;
  throw new Error(`PostgreSQL did not start. The end of ${options.logFile}:\n${tailOf(options.logFile)}`);
}

function spawnServer(runner: Runner, options: PostmasterOptions): ChildProcess {
  const settings = {
    ...options.settings,
    port: String(options.port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const { file, args, identity } = runner.launch(runner.binaries.postgres, [
    '-D',
    options.dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const stdio = ['ignore' as const, log, log];
    const child = spawn(file, args, {
      ...identity,
      cwd: '/',
      env: serverEnvironment(),
      detached: true,
      stdio,
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

/**
 * Stops a server: fast shutdown (open transactions are rolled back, a checkpoint is written), and after 30 s an
 * immediate one (the next start recovers from the log). Resolves once `postmaster.pid` is gone or names another process,
 * so it also works for a server that another process started. Rejects when even that does not end it.
 */
export async function stopPostmaster(pid: number, dataDirectory: string): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!send(pid, signal)) return;
    if (await vanished(pid, dataDirectory)) return;
  }
  throw new Error(`PostgreSQL (process ${pid}) did not stop.`);
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** `kill(pid, 0)` also succeeds for a zombie, so the file is asked first and the process only beside it. */
async function vanished(pid: number, dataDirectory: string): Promise<boolean> {
  const deadline = performance.now() + fastStopMs;
  while (performance.now() < deadline) {
    if (readPostmasterFile(dataDirectory)?.pid !== pid) return true;
    if (!isRunning(pid)) return true;
    await delay(pollMs);
  }
  return false;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const state = readText(`/proc/${pid}/stat`)?.split(') ').at(-1)?.[0];
  return state !== 'Z' && state !== 'X';
}

/** Nothing of our own environment (a PGDATA, a PGPORT, a password) reaches the server. */
function serverEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** A port that nobody listened on a moment ago. Somebody may still take it first: a start must be ready to try again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function tailOf(logFile: string): string {
  return (readText(logFile) ?? '').trimEnd().split('\n').slice(-logTailLines).join('\n');
}
