/** Daymark as its users meet it: REST, each answer compared with what the OpenAPI document says. */
import { setTimeout as delay } from 'node:timers/promises';
import { mistakeIn } from './api-check';

/** Read as a stranger would: by the names that the API pins. */
export type Json = { readonly [name: string]: unknown };

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export abstract class DaymarkClient {
  private token = '';

  /** Where the next request goes. */
  abstract get url(): string;

  /** For requests that this class has no words for. */
  get authorization(): string {
    return `Bearer ${this.token}`;
  }

  protected async signIn(password: string): Promise<void> {
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
