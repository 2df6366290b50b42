import type { Server } from 'node:http';
import request from 'supertest';

/** Every field of an answer that a spec looks at by itself; which of them are there is what the spec asserts. */
export interface Shown {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly token: string;
  readonly code: string;
  readonly detail: string;
  readonly path: string;
  readonly message: string;
  readonly state: string;
  readonly day: string;
  readonly open: boolean;
  readonly outcome: string;
  readonly position: string;
  readonly revision: number;
  readonly today: string;
  readonly nextCursor: string | null;
  readonly errors: readonly Shown[];
  readonly items: readonly Shown[];
  readonly days: readonly Shown[];
  readonly runs: readonly Shown[];
  readonly pending: Shown;
  readonly connector: Shown;
  readonly problem: Shown;
  readonly summary: unknown;
  readonly correlationId: unknown;
  readonly progress: unknown;
  readonly lateData: unknown;
  readonly cleaner: unknown;
  readonly held: unknown;
  readonly checkedAt: unknown;
  readonly checking: unknown;
  readonly nextPollAt: unknown;
  readonly runningRun: unknown;
  readonly total: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Shown;
  readonly text: string;
}

/** A request that is sent when it is awaited. */
export interface Asking extends PromiseLike<Answer> {
  set(name: string, value: string): Asking;
  query(query: object | string): Asking;
  send(body?: object | string): Asking;
}

export type Method = 'get' | 'head' | 'post' | 'put' | 'patch' | 'delete';

export function ask(server: Server, method: Method, path: string): Asking {
  return request(server)[method](path);
}
