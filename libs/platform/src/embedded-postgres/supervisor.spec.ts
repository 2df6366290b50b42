import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';

import { commandLineOf, isRunning } from './process-identity';
import { startEmbeddedPostgres } from './supervisor';

const root = process.getuid?.() === 0;
const linux = process.platform === 'linux';
const NOBODY = 65534;
const ownerProgram = join(__dirname, '../../test/owner.cjs');
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Said {
  readonly url: string;
  readonly port: number;
  readonly server: number;
  readonly code: string;
  readonly message: string;
  readonly exit: unknown;
}

interface Owner {
  readonly child: ChildProcess;
  readonly next: () => Promise<Said>;
  readonly kill: (signal: NodeJS.Signals) => Promise<void>;
}

const owners: ChildProcess[] = [];

function owner(home: string, prefix: readonly string[] = [], path = process.env['PATH']): Owner {
  const [file, ...args] = [...prefix, process.execPath, ownerProgram, home];
  const stdio = ['pipe', 'pipe', 'ignore'] as const;
  const child = spawn(file, args, { stdio: [...stdio], detached: true, env: { PATH: path } });
  owners.push(child);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    next: async () => JSON.parse(String((await lines.next()).value)) as Said,
    kill: (signal) => {
      child.kill(signal);
      return ended;
    },
  };
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) {
    if (condition()) return;
    await delay(20);
  }
  throw new Error('waited 20 s in vain');
}

/** A PATH on which only these programs are found. */
function pathOf(folder: string, ...programs: string[]): string {
  for (const program of programs) {
    const place = spawnSync('which', [program], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(place, join(folder, program));
  }
  return folder;
}

const available = (...words: string[]): boolean =>
  spawnSync(words[0]!, words.slice(1), { stdio: 'ignore' }).status === 0;

/** Skips with its reason in the name, so that the reporter prints it. */
const itWhen = (condition: boolean, reason: string) => (name: string, run: () => Promise<void>) =>
  condition ? it(name, run) : it.skip(`${name} (${reason})`, run);

describe('startEmbeddedPostgres', () => {
  let folder: string;
  let template: string;
  let home: string;
  const files = () => join(home, 'postgres');

  beforeAll(async () => {
    template = mkdtempSync(join(tmpdir(), 'daymark-supervisor-'));
    const server = await startEmbeddedPostgres({ home: template, logger: quiet });
    await server.stop();
  });

  afterAll(() => rmSync(template, { recursive: true }));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daymark-supervisor-'));
    home = join(folder, 'home');
    cpSync(template, home, { recursive: true });
  });

  afterEach(async () => {
    for (const child of owners.splice(0)) child.kill('SIGKILL');
    const pid = () => /^\d+/.exec(tryRead(join(files(), 'data/postmaster.pid')))?.[0];
    const left = Number(pid() ?? 0);
    if (left > 0 && commandLineOf(left)?.includes(home) === true) process.kill(left, 'SIGINT');
    await until(() => left === 0 || !isRunning(left) || pid() === undefined);
    rmSync(folder, { recursive: true, force: true });
  });

  it('keeps its data, port and password over a restart, in files that nobody else can read', async () => {
    home = join(folder, 'fresh');
    const first = await startEmbeddedPostgres({ home, logger: quiet });
    await query(first.url, 'CREATE TABLE mark AS SELECT 7 AS id');
    await Promise.all([first.stop(), first.stop()]);
    expect(isRunning(first.pid)).toBe(false);
    const second = await startEmbeddedPostgres({ home, logger: quiet });
    expect(second.url).toBe(first.url);
    expect(await query(second.url, 'SELECT id FROM mark')).toEqual([{ id: 7 }]);
    expect(await query(second.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
    expect(await query(second.url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query(second.url.replace(/:\w+@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(/password/);
    await second.stop();
    expect(statSync(files()).mode & 0o077).toBe(0);
    expect(statSync(join(files(), 'password')).mode & 0o077).toBe(0);
  });

  it('refuses a second start on the same home and names the process that has it', async () => {
    const held = await startEmbeddedPostgres({ home, logger: quiet });
    const again = startEmbeddedPostgres({ home, logger: quiet });
    await expect(again).rejects.toMatchObject({ code: 'HOME_IN_USE' });
    const said = await owner(home).next();
    expect(said).toMatchObject({ code: 'HOME_IN_USE' });
    expect(said.message).toContain(`process ${process.pid}`);
    expect(await query(held.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await held.stop();
  });

  it('lets exactly one of several starts succeed a dead owner', async () => {
    const dead = owner(home);
    await dead.next();
    await dead.kill('SIGKILL');
    const said = await Promise.all([1, 2, 3].map(() => owner(home).next()));
    expect(said.filter((line) => 'url' in line)).toHaveLength(1);
    expect(said.filter(({ code }) => code === 'HOME_IN_USE')).toHaveLength(2);
  });

  it('starts again after kill -9 of its owner, with everything that was committed', async () => {
    const killed = owner(home);
    const { url, server } = await killed.next();
    await query(url, 'CREATE TABLE mark AS SELECT generate_series(1, 10000) AS id');
    await killed.kill('SIGKILL');
    const next = await startEmbeddedPostgres({ home, logger: quiet });
    expect(next.url).toBe(url);
    expect(next.pid).not.toBe(server);
    expect(await query(url, 'SELECT count(*)::int AS n FROM mark')).toEqual([{ n: 10_000 }]);
    await next.stop();
  });

  itWhen(linux, 'Linux only')(
    'ends the server of a killed owner where that does not end by itself',
    async () => {
      const path = pathOf(folder, 'true', ...(root ? ['unshare'] : []));
      const killed = owner(home, [], path);
      const { server, url } = await killed.next();
      const open = new Client({ connectionString: url });
      open.on('error', () => undefined);
      await open.connect();
      await killed.kill('SIGKILL');
      expect(await open.query('SELECT 1')).toMatchObject({ rowCount: 1 });
      const warnings: unknown[] = [];
      const logger = { ...quiet, warn: (fields: unknown) => warnings.push(fields) };
      const next = await startEmbeddedPostgres({ home, logger });
      expect(warnings).toEqual([{ server }]);
      expect(isRunning(server)).toBe(false);
      await next.stop();
      await open.end().catch(() => undefined);
    },
  );

  it('tells when the server dies, once, and recovers what was committed', async () => {
    const exits: unknown[] = [];
    const first = await startEmbeddedPostgres({ home, logger: quiet, onExit: (exit) => exits.push(exit) });
    await query(first.url, 'CREATE TABLE mark AS SELECT 7 AS id');
    process.kill(first.pid, 'SIGKILL');
    await until(() => exits.length > 0);
    await first.stop();
    expect(exits).toEqual([{ code: null, signal: 'SIGKILL' }]);
    const second = await startEmbeddedPostgres({ home, logger: quiet });
    expect(await query(second.url, 'SELECT id FROM mark')).toEqual([{ id: 7 }]);
    await second.stop();
  });

  it('outlives a signal to the process group of its owner, and ends when its owner says so', async () => {
    const grouped = owner(home);
    const { url, server } = await grouped.next();
    process.kill(-grouped.child.pid!, 'SIGINT');
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await grouped.kill('SIGTERM');
    expect(isRunning(server)).toBe(false);
    expect(grouped.child.exitCode).toBe(0);
  });

  it('takes another port when somebody has taken its own', async () => {
    const first = await startEmbeddedPostgres({ home, logger: quiet });
    await first.stop();
    const thief = createServer();
    await new Promise<void>((resolve) => thief.listen(first.port, '127.0.0.1', resolve));
    const second = await startEmbeddedPostgres({ home, logger: quiet });
    expect(second.port).not.toBe(first.port);
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
    await new Promise((resolve) => thief.close(resolve));
  });

  it('does not mistake a process that got the number of a dead server for it', async () => {
    const first = await startEmbeddedPostgres({ home, logger: quiet });
    await first.stop();
    const stale = `${process.pid}\n${files()}/data\n1\n${first.port}\n\n127.0.0.1\n  1 1\nready   \n`;
    writeFileSync(join(files(), 'data/postmaster.pid'), stale, { mode: 0o600 });
    const second = await startEmbeddedPostgres({ home, logger: quiet });
    expect(await query(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await second.stop();
  });

  it('refuses files of another major version, or without their password, and leaves them alone', async () => {
    const first = await startEmbeddedPostgres({ home, logger: quiet });
    await first.stop();
    const version = join(files(), 'data/PG_VERSION');
    const own = readFileSync(version, 'utf8');
    writeFileSync(version, '15\n');
    const older = startEmbeddedPostgres({ home, logger: quiet });
    await expect(older).rejects.toMatchObject({ code: 'CLUSTER_VERSION_MISMATCH' });
    await expect(older).rejects.toThrow(/written by PostgreSQL 15; this Daymark brings PostgreSQL 18/);
    writeFileSync(version, own);
    const password = join(files(), 'password');
    const text = readFileSync(password, 'utf8');
    rmSync(password);
    const lost = startEmbeddedPostgres({ home, logger: quiet });
    await expect(lost).rejects.toMatchObject({ code: 'CLUSTER_PASSWORD_LOST' });
    writeFileSync(password, text);
    const second = await startEmbeddedPostgres({ home, logger: quiet });
    await second.stop();
  });

  const asNobody = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
  const enters =
    root &&
    available(
      ...asNobody,
      process.execPath,
      '-e',
      `require('fs').readFileSync(${JSON.stringify(ownerProgram)})`,
    );
  itWhen(enters, 'needs root, and a checkout that others can read')(
    'runs as a user who is not root',
    async () => {
      chmodSync(folder, 0o711);
      home = mkdtempSync(join(folder, 'nobody-'));
      chownSync(home, NOBODY, NOBODY);
      const killed = owner(home, asNobody);
      const { url } = await killed.next();
      await query(url, 'CREATE TABLE mark AS SELECT 7 AS id');
      await killed.kill('SIGKILL');
      const next = owner(home, asNobody);
      const said = await next.next();
      expect(await query(said.url, 'SELECT id FROM mark')).toEqual([{ id: 7 }]);
      await next.kill('SIGTERM');
      expect(isRunning(said.server)).toBe(false);
    },
  );

  itWhen(root, 'needs root')('does not start on the home of another user', async () => {
    rmSync(files(), { recursive: true });
    mkdirSync(files());
    chownSync(files(), NOBODY, NOBODY);
    const refused = startEmbeddedPostgres({ home, logger: quiet });
    await expect(refused).rejects.toMatchObject({ code: 'HOME_OF_ANOTHER_USER' });
    expect(readdirSync(files())).toEqual([]);
  });

  const withoutNamespaces = ['setpriv', '--bounding-set=-setfcap', '--inh-caps=-setfcap', '--'];
  const refused =
    root &&
    available(...withoutNamespaces, 'true') &&
    !available(...withoutNamespaces, 'unshare', '--user', '--map-user=1', 'true');
  itWhen(refused, 'needs root that can give up a capability')(
    'falls back to nobody where root may not make namespaces',
    async () => {
      home = join(folder, 'fresh');
      const restricted = owner(home, withoutNamespaces);
      const said = await restricted.next();
      const [row] = await query(said.url, 'SHOW data_directory');
      const { data_directory: data } = row as { data_directory: string };
      expect(data).toMatch(/^\/var\/lib\/daymark\/[0-9a-f]{16}\/data\/data$/);
      expect(statSync(data).uid).toBe(NOBODY);
      await restricted.kill('SIGTERM');
      expect(isRunning(said.server)).toBe(false);
      rmSync(join(data, '../..'), { recursive: true });
    },
  );
});

function tryRead(path: string): string {
  try {
    accessSync(path);
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
