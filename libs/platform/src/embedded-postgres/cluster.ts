import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../faults/fault';
import { readText } from './files';
import { serverEnvironment } from './postmaster';
import type { Runner } from './runner';

/** The superuser of every cluster made here. */
export const SUPERUSER = 'daymark';

/** A database cluster on disk, and what is needed to be let in. */
export interface Cluster {
  readonly dataDirectory: string;
  readonly password: string;
}

/**
 * Opens the cluster in the runner's folder, made first where there is none: owner `daymark`, a random password kept in
 * `password` (mode 0600), UTF-8, C.UTF-8. A cluster appears whole or not at all, also when this process is killed.
 *
 * Throws `CLUSTER_VERSION_MISMATCH` and `CLUSTER_PASSWORD_LOST`; touches nothing then.
 */
export function openCluster(runner: Runner): Cluster {
  const dataDirectory = join(runner.directory, 'data');
  const passwordFile = join(runner.directory, 'password');
  if (!existsSync(join(dataDirectory, 'PG_VERSION'))) makeCluster(runner, dataDirectory, passwordFile);
  checkVersion(runner, dataDirectory);
  const password = readText(passwordFile)?.trim() ?? '';
  if (password === '') {
    throw new Fault(
      'CLUSTER_PASSWORD_LOST',
      `${dataDirectory} holds a database, but ${passwordFile} is missing.`,
    );
  }
  return { dataDirectory, password };
}

function makeCluster(runner: Runner, dataDirectory: string, passwordFile: string): void {
  removeHalves(runner.directory);
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
  runner.giveAway(passwordFile);
  const half = `${dataDirectory}.half-${process.pid}`;
  runInitdb(runner, half, passwordFile);
  renameSync(half, dataDirectory);
}

function removeHalves(directory: string): void {
  for (const name of readdirSync(directory)) {
    if (name.startsWith('data.half-')) rmSync(join(directory, name), { recursive: true, force: true });
  }
}

function runInitdb(runner: Runner, dataDirectory: string, passwordFile: string): void {
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
  const options = { ...identity, cwd: '/', env: serverEnvironment(), encoding: 'utf8' } as const;
  const { status, error, stderr } = spawnSync(file, [...args], options);
  if (status === 0) return;
  throw new Fault(
    'POSTGRES_START_FAILED',
    `No database could be made in ${dataDirectory}: ${error?.message ?? stderr.trim()}`,
    { cause: error },
  );
}

function checkVersion(runner: Runner, dataDirectory: string): void {
  const found = readText(join(dataDirectory, 'PG_VERSION'))?.trim() ?? '';
  const own = majorOf(runner);
  if (found === own) return;
  throw new Fault(
    'CLUSTER_VERSION_MISMATCH',
    `${dataDirectory} was written by PostgreSQL ${found}; this Daymark brings PostgreSQL ${own} and does not convert it. ` +
      'Start the version that wrote it, or name a server by DATABASE_URL.',
  );
}

function majorOf(runner: Runner): string {
  const { file, args, identity } = runner.launch(runner.binaries.postgres, ['--version']);
  const { stdout } = spawnSync(file, [...args], { ...identity, cwd: '/', encoding: 'utf8' });
  return /\b(\d+)(\.|beta|rc|devel)/.exec(stdout)?.[1] ?? 'of an unknown version';
}
