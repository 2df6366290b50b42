import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findBinaries } from './binaries';
import { openCluster, SUPERUSER } from './cluster';
import { freePort } from './port';
import { type Postmaster, startPostmaster } from './postmaster';
import { isRunning } from './process-identity';
import { chooseRunner, type Runner } from './runner';

/** A server for one test run: real, fast, and gone afterwards. It does not survive a power cut and need not. */
export interface ThrowAwayPostgres {
  /** For the superuser, database `postgres`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const prefix = 'daymark-test-';
const attempts = 5;
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
  max_wal_size: '4GB',
  jit: 'off',
  log_checkpoints: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Starts a server below the system's temporary folder. On Linux it ends with this process, even when that is killed. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  removeLeftovers();
  const home = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  const runner = chooseRunner(findBinaries(), home);
  const { dataDirectory, password } = openCluster(runner);
  const postmaster = await startSomewhere(runner, dataDirectory);
  return {
    url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${postmaster.port}/postgres`,
    stop: async () => {
      await postmaster.stop();
      rmSync(dataDirectory, { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function startSomewhere(runner: Runner, dataDirectory: string): Promise<Postmaster> {
  const logFile = join(runner.directory, 'server.log');
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostmaster(runner, { dataDirectory, port: await freePort(), logFile, settings });
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

/** What test runs left that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = new RegExp(`^${prefix}(\\d+)-`).exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    removeIfOurs(join(tmpdir(), name));
  }
}

/** The temporary folder is shared with other users, whose leftovers are theirs to remove. */
function removeIfOurs(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.()) {
    rmSync(path, { recursive: true, force: true });
  }
}
