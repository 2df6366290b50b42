import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type Binaries, binariesAt } from './binaries';

/** A program to start, and as whom. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly identity: { readonly uid?: number; readonly gid?: number };
}

/**
 * How the server's programs are run here. PostgreSQL refuses to run as root, and the folder it is given may be one
 * that no other user can enter, so the way depends on who we are and on what the kernel lets us do.
 */
export interface Runner {
  readonly kind: 'plain' | 'user-namespace' | 'nobody';
  readonly binaries: Binaries;
  /** Where the cluster, its password and its log are kept. Exists. */
  readonly directory: string;
  /** What a person should know about this way of running; absent where there is nothing to say. */
  readonly note?: string;
  readonly launch: (program: string, args: readonly string[]) => Launch;
  /** Hands a file or folder to the user that the server runs as. */
  readonly giveAway: (path: string) => void;
}

const NOBODY = 65534;
const probeTimeoutMs = 10_000;
const keep = () => undefined;

/**
 * Chooses the way to run the server for the folder `directory` (created, mode 0700, when absent).
 *
 * - Not root: the programs as they are.
 * - Root: in a user namespace where we are nobody. Outside it every file stays root's, so nothing is chowned and a
 *   root-only folder above is no obstacle.
 * - Root where such a namespace is refused (CAP_SETFCAP missing, or no `unshare`): as the user nobody, programs and data
 *   below /var/lib/daymark; `note` says so.
 */
export function chooseRunner(binaries: Binaries, directory: string): Runner {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const death = deathSignal();
  if (process.getuid?.() !== 0) {
    return {
      kind: 'plain',
      binaries,
      directory,
      launch: (program, args) => toLaunch([...death, program, ...args]),
      giveAway: keep,
    };
  }
  const inNamespace = namespaceRunner(binaries, directory, death);
  return answersVersion(inNamespace) ? inNamespace : nobodyRunner(binaries, directory, death);
}

/** Has the server stop by itself, cleanly, when the process that started it is gone. Linux with util-linux only. */
function deathSignal(): readonly string[] {
  const command = ['setpriv', '--pdeathsig', 'INT', '--'];
  return succeeds(toLaunch([...command, 'true'])) ? command : [];
}

function namespaceRunner(binaries: Binaries, directory: string, death: readonly string[]): Runner {
  const command = ['unshare', '--user', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--', ...death];
  return {
    kind: 'user-namespace',
    binaries,
    directory,
    launch: (program, args) => toLaunch([...command, program, ...args]),
    giveAway: keep,
  };
}

function nobodyRunner(binaries: Binaries, directory: string, death: readonly string[]): Runner {
  const hash = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  const place = join('/var/lib/daymark', hash);
  mkdirSync(place, { recursive: true, mode: 0o711 });
  const data = join(place, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  chownSync(data, NOBODY, NOBODY);
  return {
    kind: 'nobody',
    binaries: copyOf(binaries, join(place, 'programs')),
    directory: data,
    note: `root without user namespaces: the embedded PostgreSQL runs as nobody and keeps its data in ${data}`,
    launch: (program, args) => ({
      ...toLaunch([...death, program, ...args]),
      identity: { uid: NOBODY, gid: NOBODY },
    }),
    giveAway: (path) => chownSync(path, NOBODY, NOBODY),
  };
}

/** The rename makes a half-made copy invisible to the next start. */
function copyOf(binaries: Binaries, place: string): Binaries {
  if (!existsSync(place)) {
    const half = `${place}.${process.pid}`;
    cpSync(binaries.root, half, { recursive: true, verbatimSymlinks: true });
    chmodSync(half, 0o755);
    try {
      renameSync(half, place);
    } catch (error) {
      rmSync(half, { recursive: true, force: true });
      if (!existsSync(place)) throw error;
    }
  }
  return binariesAt(place);
}

function answersVersion(runner: Runner): boolean {
  return succeeds(runner.launch(runner.binaries.postgres, ['--version']));
}

function succeeds({ file, args, identity }: Launch): boolean {
  const options = { ...identity, cwd: '/', stdio: 'ignore', timeout: probeTimeoutMs } as const;
  return spawnSync(file, [...args], options).status === 0;
}

function toLaunch([file = '', ...args]: readonly string[]): Launch {
  return { file, args, identity: {} };
}
