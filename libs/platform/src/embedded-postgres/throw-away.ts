import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findBinaries } from './binaries';
import {
  freePort,
  initialiseCluster,
  type Postmaster,
  startPostmaster,
  stopPostmaster,
  SUPERUSER,
} from './postmaster';
import { chooseRunner, type Runner } from './runner';

/** A server for one test run: real, fast, and gone afterwards. It does not survive a power cut and need not. */
export interface ThrowAwayPostgres {
  /** For the superuser, database `postgres`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const attempts = 5;
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
  max_wal_size: '4GB',
  autovacuum_naptime: '10min',
  jit: 'off',
  log_checkpoints: 'off',
  timezone: 'UTC',
};

/** Starts a server below the system's temporary folder. Where the platform allows it, it ends with this process. */
export async function startThrowAwayPostgres(): Promise<ThrowAwayPostgres> {
  const home = mkdtempSync(join(tmpdir(), 'daymark-test-'));
  const runner = chooseRunner(findBinaries(), home);
  const dataDirectory = join(runner.directory, 'data');
  const password = randomBytes(16).toString('hex');
  initialiseCluster(runner, dataDirectory, password);
  const postmaster = await startSomewhere(runner, dataDirectory);
  return {
    url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${postmaster.port}/postgres`,
    stop: async () => {
      await stopPostmaster(postmaster.pid, dataDirectory);
      await postmaster.exited;
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
