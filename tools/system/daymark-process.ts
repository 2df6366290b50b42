/** A real Daymark: its own process, its own home folder, driven from outside only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { DaymarkClient, until } from './daymark-client';

export { until } from './daymark-client';
export type { Answer, Counts, Json, Run } from './daymark-client';

const MAIN = resolve(__dirname, '../../apps/standalone/dist/main.js');

export function newHome(): string {
  if (!existsSync(MAIN)) throw new Error('apps/standalone is not built: run `npm test`, or build it first.');
  return mkdtempSync(join(tmpdir(), 'daymark-system-'));
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
}

export class DaymarkProcess extends DaymarkClient {
  readonly lines: string[] = [];
  private constructor(
    readonly home: string,
    private readonly child: ChildProcess,
    private readonly environment: Record<string, string>,
  ) {
    super();
  }

  /** Starts it and waits until it says that it is ready; rejects with its exit code and what it said otherwise. */
  static async start(home: string, environment: Record<string, string> = {}): Promise<DaymarkProcess> {
    const inherited = { PATH: process.env['PATH'] ?? '', TMPDIR: process.env['TMPDIR'] ?? tmpdir() };
    const env = { ...inherited, PORT: '0', DAYMARK_HOME: home, DAYMARK_DEMO: 'off', ...environment };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const started = new DaymarkProcess(home, child, env);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => started.lines.push(line));
    }
    await started.untilReady();
    return started;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  override get url(): string {
    const ready = this.lines.find((line) => line.includes('"Daymark is ready."'));
    return ready === undefined ? '' : (JSON.parse(ready) as { url: string }).url;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async untilReady(): Promise<void> {
    await until('Daymark is ready', () => this.url !== '' || this.hasEnded, 60_000);
    if (this.url === '')
      throw new Error(`It ended with ${String(this.child.exitCode)}:\n${this.lines.join('\n')}`);
    const file = join(this.home, 'administrator.password');
    await this.signIn(this.environment['DAYMARK_ADMIN_PASSWORD'] ?? readFileSync(file, 'utf8').trim());
  }

  /** SIGKILL: nothing is told, nothing is tidied. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited();
  }

  /** SIGTERM; gives the exit code. */
  async stop(): Promise<number | null> {
    if (!this.hasEnded) this.child.kill('SIGTERM');
    return this.exited();
  }

  private async exited(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}
