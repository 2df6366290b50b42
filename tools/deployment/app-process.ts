/** An app started from the tree of the image, as the image starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** The user of the image; root may become it for a process, so that no file of the tree can be written. */
export const imageUser = process.getuid?.() === 0 ? { uid: 65_532, gid: 65_532 } : {};
export const startMs = 60_000;
/** What Kubernetes gives. */
export const stopMs = 30_000;

export interface Start {
  readonly tree: string;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  /** What must answer 200 before it counts as started. */
  readonly until: '/health/live' | '/health/ready';
}

export class AppProcess {
  private said = '';
  private constructor(
    private readonly child: ChildProcess,
    private readonly start: Start,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.said += text));
  }

  static async start(start: Start): Promise<AppProcess> {
    const child = spawn(process.execPath, [join(start.tree, 'launch.mjs'), start.name], {
      ...{ cwd: start.tree, env: start.environment, stdio: ['ignore', 'pipe', 'pipe'] },
      ...imageUser,
    });
    const started = new AppProcess(child, start);
    await started.untilItAnswers();
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.start.environment['PORT'] ?? ''}`;
  }

  private async untilItAnswers(): Promise<void> {
    const deadline = performance.now() + startMs;
    while (!(await answers(this.url + this.start.until))) {
      if (this.child.exitCode !== null || performance.now() > deadline) {
        await this.stop();
        throw new Error(`${this.start.name}: ${this.start.until} does not answer:\n${this.said}`);
      }
      await delay(50);
    }
  }

  /** Its exit code after SIGTERM; null when it had to be killed. */
  async stop(): Promise<number | null> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), stopMs);
    const [code] = (await ended) as [number | null];
    clearTimeout(patience);
    if (code !== 0) process.stdout.write(this.said);
    return code;
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.status === 200;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
