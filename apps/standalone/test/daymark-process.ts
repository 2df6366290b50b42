/** A real Daymark: its own process, its own home folder, driven from outside only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { mistakeIn } from './api-check';

const MAIN = resolve(__dirname, '../dist/main.js');

/** Read as a stranger would: by the names that the API pins. */
export type Json = { readonly [name: string]: unknown };

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export function newHome(): string {
  if (!existsSync(MAIN)) throw new Error('apps/standalone is not built: run `npm test`, or build it first.');
  return mkdtempSync(join(tmpdir(), 'daymark-system-'));
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true });
}

export class DaymarkProcess {
  readonly lines: string[] = [];
  private token = '';
  private constructor(
    readonly home: string,
    private readonly child: ChildProcess,
    private readonly environment: Record<string, string>,
  ) {}

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

  get url(): string {
    const ready = this.lines.find((line) => line.includes('"Daymark is ready."'));
    return ready === undefined ? '' : (JSON.parse(ready) as { url: string }).url;
  }

  /** For requests that this class has no words for. */
  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  private async untilReady(): Promise<void> {
    await until('Daymark is ready', () => this.url !== '' || this.hasEnded, 60_000);
    if (this.url === '')
      throw new Error(`It ended with ${String(this.child.exitCode)}:\n${this.lines.join('\n')}`);
    await this.signIn();
  }

  private async signIn(): Promise<void> {
    const file = join(this.home, 'administrator.password');
    const password = this.environment['DAYMARK_ADMIN_PASSWORD'] ?? readFileSync(file, 'utf8').trim();
    const { body } = await this.ask('POST', '/sessions', { username: 'administrator', password });
    this.token = String(body['token']);
  }

  async ask<Body = Json>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<Body>> {
    const { response, text } = await this.send(method, path, body, headers);
    return {
      status: response.status,
      headers: response.headers,
      body: JSON.parse(text === '' ? '{}' : text) as Body,
    };
  }

  /** What a GET answers, as it came. */
  async textOf(path: string, accept: string): Promise<string> {
    return (await this.send('GET', path, undefined, { accept })).text;
  }

  /** Every answer must be as the OpenAPI document says. */
  private async send(
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<{ response: Response; text: string }> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: {
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const answer = { status: response.status, type: response.headers.get('content-type'), text };
    const mistake = mistakeIn({ method, path: `/api/v1${path}` }, answer);
    if (mistake !== null)
      throw new Error(`${method} ${path} answered what the document does not say: ${mistake}`);
    return { response, text };
  }

  /** Waits for the run's end and gives it back. */
  async ended(run: string): Promise<Run> {
    let last: Run | undefined;
    await until(
      `run ${run} has ended`,
      async () => {
        last = (await this.ask<Run>('GET', `/runs/${run}`)).body;
        return ['succeeded', 'failed', 'cancelled'].includes(last.status);
      },
      120_000,
    );
    return last as Run;
  }

  async run(source: string, body: unknown = {}): Promise<Run> {
    const asked = await this.ask('POST', `/sources/${source}/runs`, body);
    if (asked.status !== 202) throw new Error(`${asked.status}: ${JSON.stringify(asked.body)}`);
    return this.ended(String(asked.body['id']));
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

export interface Counts {
  readonly read: number;
  readonly inserted: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly deleted: number;
}

export interface Run {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
  readonly counts: Counts;
  readonly progress: { readonly daysDone: number; readonly daysTotal: number | null };
  readonly problem: { readonly code: string } | null;
  readonly days: readonly { readonly day: string; readonly outcome: string }[];
}

/** Looks again and again until something holds; fails by name when it takes too long. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It took longer than ${ms} ms until ${what}.`);
    await delay(50);
  }
}
