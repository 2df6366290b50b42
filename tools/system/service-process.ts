/** One service as a process of its own, driven from outside only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { until } from './daymark-client';

const APPS = resolve(__dirname, '../../apps');

export class ServiceProcess {
  readonly lines: string[] = [];
  private child: ChildProcess;

  constructor(
    readonly name: string,
    private readonly environment: Record<string, string>,
  ) {
    this.child = this.begin();
  }

  /** Where it answers health; empty before it does. */
  get url(): string {
    const told = this.lines.findLast((line) => line.includes('"url":"http'));
    return told === undefined ? '' : (JSON.parse(told) as { url: string }).url;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private begin(): ChildProcess {
    const main = resolve(APPS, this.name, 'dist/main.js');
    if (!existsSync(main))
      throw new Error(`apps/${this.name} is not built: run \`npm test\`, or build it first.`);
    const inherited = { PATH: process.env['PATH'] ?? '', TMPDIR: process.env['TMPDIR'] ?? tmpdir() };
    const env = { ...inherited, PORT: '0', ...this.environment };
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => this.lines.push(line));
    }
    return child;
  }

  /** What an address of it answers: the status and the text; status 0 while nobody listens. */
  async health(path: string): Promise<{ status: number; text: string }> {
    if (this.url === '') return { status: 0, text: '' };
    const response = await fetch(`${this.url}${path}`).catch(() => null);
    return response === null
      ? { status: 0, text: '' }
      : { status: response.status, text: await response.text() };
  }

  async untilReady(): Promise<void> {
    const ready = async (): Promise<boolean> =>
      this.hasEnded || (await this.health('/health/ready')).status === 200;
    await until(`${this.name} is ready`, ready, 90_000);
    if (this.hasEnded)
      throw new Error(`${this.name} ended with ${String(this.child.exitCode)}:\n${this.lines.join('\n')}`);
  }

  /** SIGKILL: nothing is told, nothing is tidied. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited();
  }

  /** A new process in the place of one that ended. */
  again(): void {
    this.lines.push(...this.lines.splice(0).map((line) => line.replace('"url":', '"was":')));
    this.child = this.begin();
  }

  /** SIGTERM; gives the exit code. */
  async stop(): Promise<number | null> {
    if (!this.hasEnded) this.child.kill('SIGTERM');
    return this.exited();
  }

  async exited(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}
