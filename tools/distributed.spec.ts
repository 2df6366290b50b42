/** `npm run start:distributed`, without what installs and builds: four services, two of each, started and stopped by one. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { findNatsServer } from '@daymark/messaging/testing-nats';
import { until } from './system/daymark-client';

jest.setTimeout(180_000);

const main = pathToFileURL(resolve(__dirname, 'distributed/main.mjs')).href;
const found = findNatsServer();
const onLinux = existsSync('/proc/self/environ');
const canRun = 'binary' in found && onLinux ? it : it.skip;
const because =
  'binary' in found ? (onLinux ? '' : ' (processes are counted by /proc)') : ` (${found.missing})`;

interface Begun {
  readonly child: ChildProcess;
  readonly lines: string[];
}

function begin(words: readonly string[], environment: Record<string, string>): Begun {
  const script = `(await import(${JSON.stringify(main)})).startDistributed(${JSON.stringify(words)})`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(line));
  return { child, lines };
}

const pids = (): string[] => readdirSync('/proc').filter((name) => /^\d+$/.test(name));

/** Empty once the process is gone. */
function told(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** Of the services begun for this home: what each process was started with says so. */
function servicesOf(home: string): { pid: number; name: string }[] {
  return pids().flatMap((pid) => {
    const name = /apps\/([a-z-]+)\/dist\/main\.js/.exec(told(pid, 'cmdline'))?.[1];
    const ours = told(pid, 'environ').includes(`DAYMARK_HOME=${home}\0`);
    return name !== undefined && ours ? [{ pid: Number(pid), name }] : [];
  });
}

/** Programs whose command line names this home. */
function naming(home: string): string[] {
  return pids()
    .map((pid) => told(pid, 'cmdline').split('\0'))
    .filter((words) => words.some((word) => word.includes(home)))
    .map(([program = '']) => basename(program));
}

function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

describe('npm run start:distributed', () => {
  const home = mkdtempSync(join(tmpdir(), 'daymark-distributed-'));

  afterAll(() => {
    rmSync(home, { recursive: true, force: true, maxRetries: 15, retryDelay: 100 });
  });

  canRun(
    `two of each are ready, one that is killed comes back, and a stop leaves nothing${because}`,
    async () => {
      const program = 'binary' in found ? found.binary : '';
      const { child, lines } = begin(['--replicas', '2'], { DAYMARK_HOME: home, NATS_SERVER_BIN: program });
      const ready = (): string | undefined =>
        lines.find((line) => line.includes('"name":"distributed"') && line.includes('"Daymark is ready."'));
      await until('it is ready', () => ready() !== undefined || child.exitCode !== null, 120_000);
      const { urls } = JSON.parse(ready() ?? '{}') as { urls: string[] };
      expect(urls).toHaveLength(2);
      const password = readFileSync(join(home, 'administrator.password'), 'utf8').trim();
      for (const url of urls) {
        const response = await fetch(`${url}/api/v1/sessions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ username: 'administrator', password }),
        });
        expect(response.status).toBe(201);
      }
      expect(lines.join('\n')).not.toContain(password);
      const begun = servicesOf(home);
      expect(begun).toHaveLength(8);
      const victim = begun.find(({ name }) => name === 'scheduling');
      process.kill(victim!.pid, 'SIGKILL');
      await until('another is in its place', () => {
        const now = servicesOf(home);
        return now.length === 8 && now.every(({ pid }) => pid !== victim!.pid);
      });
      const left = servicesOf(home);
      expect(naming(home)).toEqual(expect.arrayContaining(['nats-server', 'postgres']));
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exited).toEqual([0, null]);
      expect(left.filter(({ pid }) => isRunning(pid))).toEqual([]);
      expect(servicesOf(home)).toEqual([]);
      expect(naming(home)).toEqual([]);
    },
  );

  it('says how to get a nats-server where there is none, and leaves nothing running', async () => {
    const { child, lines } = begin([], {
      DAYMARK_HOME: home,
      DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
      NATS_SERVER_BIN: '/nowhere/nats-server',
    });
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(lines.join('\n')).toContain('NATS_SERVER_BIN names no program: /nowhere/nats-server');
  });

  it('says how it is used', async () => {
    const { child, lines } = begin(['--replicas', 'many'], {});
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(lines.join('\n')).toContain('--replicas');
  });
});
