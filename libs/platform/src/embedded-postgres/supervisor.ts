import { mkdirSync, realpathSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

import { Fault } from '../faults/fault';
import { findBinaries } from './binaries';
import { type Cluster, openCluster, SUPERUSER } from './cluster';
import { ensureDatabase } from './database';
import { readText, replaceText } from './files';
import { type HomeLock, lockHome } from './home-lock';
import { freePort } from './port';
import { endOrphan, type Postmaster, type PostmasterExit, startPostmaster } from './postmaster';
import { chooseRunner, type Runner } from './runner';

export interface EmbeddedPostgresOptions {
  /** The home folder; the server's files are in its folder `postgres`. Created (mode 0700) when absent. */
  readonly home: string;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** Called once if the server ends without having been asked to. It is not started again. */
  readonly onExit?: (exit: PostmasterExit) => void;
}

/** A PostgreSQL server that belongs to this process. */
export interface EmbeddedPostgres {
  /** For the superuser, database `daymark`. Holds the password: never log it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where the server writes its log. */
  readonly logFile: string;
  /** Ends the server (30 s for a fast shutdown, then harder) and gives the home back. May be called twice. Call it last. */
  readonly stop: () => Promise<void>;
}

const DATABASE = SUPERUSER;
const attempts = 4;
const betweenAttemptsMs = 500;
const logLimitBytes = 10 * 1024 * 1024;

/**
 * For bulk loads on a small machine: few checkpoints, a cache that leaves room for the services, no compiled queries
 * (short ones would pay for it). Nothing replicates from this server, so its log need not say enough for that. Durability
 * is left as PostgreSQL ships it.
 */
const settings = {
  max_connections: '100',
  shared_buffers: '256MB',
  maintenance_work_mem: '128MB',
  work_mem: '16MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_buffers: '16MB',
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  jit: 'off',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/**
 * Starts the PostgreSQL of a home folder, made at the first start, and supervises it until `stop`.
 *
 * It listens on 127.0.0.1 only, on a port that is chosen once and kept unless somebody takes it, in a session of its
 * own. A server that a killed owner left is ended first; it is not adopted, so that its settings, its log and the watch
 * over it are always ours. On Linux the server shuts down by itself when the thread that called this ends.
 *
 * Rejects with `HOME_IN_USE` (another living process has the home), `HOME_OF_ANOTHER_USER`,
 * `CLUSTER_VERSION_MISMATCH`, `CLUSTER_PASSWORD_LOST`, `POSTGRES_START_FAILED`; then nothing is left running and the home is free.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const directory = openFolder(join(options.home, 'postgres'));
  const lock = lockHome(directory);
  try {
    return await startLocked(options, directory, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Started once as root, a user's home would be full of files that the user cannot read: better not to begin. */
function openFolder(path: string): string {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const { uid } = statSync(path);
  if (uid !== (process.getuid?.() ?? uid)) {
    throw new Fault('HOME_OF_ANOTHER_USER', `${path} belongs to user ${uid}: start Daymark as that user.`);
  }
  return realpathSync(path);
}

async function startLocked(
  { logger, onExit }: EmbeddedPostgresOptions,
  directory: string,
  lock: HomeLock,
): Promise<EmbeddedPostgres> {
  const runner = chooseRunner(findBinaries(), directory);
  if (runner.note !== undefined) logger.warn(runner.note);
  const ended = await endOrphan(join(runner.directory, 'data'));
  if (ended !== undefined) logger.warn({ server: ended }, 'ended the PostgreSQL that a killed owner left');
  const cluster = openCluster(runner);
  const logFile = join(runner.directory, 'server.log');
  setAside(logFile);
  const server = await startOnItsPort(runner, { cluster, directory, logFile });
  const url = `postgresql://${SUPERUSER}:${cluster.password}@127.0.0.1:${server.port}`;
  try {
    await ensureDatabase(`${url}/postgres`, DATABASE);
  } catch (error) {
    await server.stop();
    throw error;
  }
  logger.info({ server: server.pid, port: server.port, runner: runner.kind }, 'embedded PostgreSQL is ready');
  const stop = supervise(server, lock, (exit) => {
    logger.error({ ...exit, logFile }, 'embedded PostgreSQL ended unexpectedly');
    onExit?.(exit);
  });
  return { url: `${url}/${DATABASE}`, port: server.port, pid: server.pid, logFile, stop };
}

function supervise(
  server: Postmaster,
  lock: HomeLock,
  ended: (exit: PostmasterExit) => void,
): () => Promise<void> {
  let stopping: Promise<void> | undefined;
  void server.exited.then((exit) => {
    if (stopping === undefined) ended(exit);
  });
  return () => (stopping ??= server.stop().finally(() => lock.release()));
}

interface Place {
  readonly cluster: Cluster;
  readonly directory: string;
  readonly logFile: string;
}

/**
 * Somebody may take the port between the look and the start, and the children of a server that was killed need a moment
 * to notice: both pass by themselves.
 */
async function startOnItsPort(runner: Runner, { cluster, directory, logFile }: Place): Promise<Postmaster> {
  const { dataDirectory } = cluster;
  const portFile = join(directory, 'port');
  for (let attempt = 1; ; attempt += 1) {
    const kept = Number(readText(portFile) ?? 0);
    const port = await freePort(kept);
    if (port !== kept) replaceText(portFile, `${port}\n`);
    try {
      return await startPostmaster(runner, { dataDirectory, port, logFile, settings });
    } catch (error) {
      if (attempt === attempts) throw error;
      await delay(betweenAttemptsMs);
    }
  }
}

/** One older log is kept, so the folder cannot fill up with them. */
function setAside(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > logLimitBytes) renameSync(logFile, `${logFile}.1`);
}
