import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from 'pg';

interface Started {
  readonly child: ChildProcess;
  /** What it wrote, both streams. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

// Processes start slowly on a busy machine.
jest.setTimeout(60_000);

describe('the process', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let children: ChildProcess[] = [];

  beforeEach(async () => {
    database = await createTestDatabase();
  });

  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
    await database.drop();
  });

  const start = (environment: Record<string, string>, args: string[] = []): Started => {
    const child = fork(join(__dirname, 'main.ts'), args, {
      env: { PATH: process.env['PATH'], DATA_WATCHER_DATABASE_URL: database.url, ...environment },
      execArgv: ['--conditions=@daymark/source', '-r', join(__dirname, '../test/register-typescript.cjs')],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    children.push(child);
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // Not 'close' of the child: Node keeps it back once the parent has disconnected.
    const closed = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
    const ended = Promise.all([once(child, 'exit'), ...closed]).then(([[code]]) => code as number | null);
    return { child, said: () => output, ended };
  };
  const message = async ({ child, ended, said }: Started): Promise<unknown> => {
    const early = ended.then((code) => {
      throw new Error(`ended with ${String(code)}: ${said()}`);
    });
    const [first] = (await Promise.race([once(child, 'message'), early])) as [unknown];
    return first;
  };
  const count = async (where = 'true'): Promise<number> => {
    const client = new Client({ connectionString: database.url });
    client.on('error', () => undefined);
    await client.connect();
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from public.flows where ${where}`,
    );
    await client.end();
    return rows[0]?.n ?? 0;
  };

  it('says ready after the first fill, grows, cleans when asked, and ends with its parent', async () => {
    const started = start({ DATA_WATCHER_EVERY_SECONDS: '0.1', DATA_WATCHER_FLOWS_PER_MINUTE: '600' });
    expect(await message(started)).toEqual({ ready: true });
    const filled = await count();
    expect(filled).toBeGreaterThan(5_000);
    const deadline = performance.now() + 10_000;
    while ((await count()) <= filled && performance.now() < deadline);
    expect(await count()).toBeGreaterThan(filled);
    const outside = "started_at < now() - interval '8 days'";
    expect(await count(outside)).toBeGreaterThan(0);
    started.child.send('clean');
    expect(await message(started)).toMatchObject({ cleaned: { lastDay: expect.any(String) } });
    expect(await count(outside)).toBe(0);
    started.child.disconnect();
    expect(await started.ended).toBe(0);
    expect(started.said()).not.toMatch(/"level":"(warn|error)"/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s', async (signal) => {
    const started = start({});
    await message(started);
    started.child.kill(signal);
    expect(await started.ended).toBe(0);
  });

  it('ends cleanly when its parent goes before it is ready', async () => {
    const started = start({});
    started.child.disconnect();
    expect(await started.ended).toBe(0);
  });

  it('cleans once and ends, given the argument', async () => {
    const first = start({});
    await message(first);
    first.child.disconnect();
    await first.ended;
    const rows = await count();
    const cleaner = start({ DATA_WATCHER_RETENTION_DAYS: '3' }, ['clean']);
    expect(await cleaner.ended).toBe(0);
    expect(await count()).toBeLessThan(rows);
    expect(await count("started_at < now() - interval '5 days'")).toBe(0);
  });

  it('refuses a wrong configuration with 78 and every problem named', async () => {
    const started = start({ DATA_WATCHER_TIME_ZONE: 'Mars/Base', DATA_WATCHER_SPEEED: '1' });
    expect(await started.ended).toBe(78);
    expect(started.said()).toContain('DATA_WATCHER_TIME_ZONE must be');
    expect(started.said()).toContain('DATA_WATCHER_SPEEED is unknown');
  });

  it('ends with 1, and no password in its log, when there is no such database', async () => {
    const url = new URL(database.url);
    url.pathname = '/nowhere';
    url.password = 'hunter2';
    const started = start({ DATA_WATCHER_DATABASE_URL: url.href });
    expect(await started.ended).toBe(1);
    expect(started.said()).toContain('data-watcher failed');
    expect(started.said()).not.toContain('hunter2');
  });
});
