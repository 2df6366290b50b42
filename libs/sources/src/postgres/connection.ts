import { Client } from 'pg';
import type { ClientConfig, Submittable } from 'pg';
import type { SourceFault } from '../port';
import { sessionClosed, toFault } from './faults';

type Rows = readonly Readonly<Record<string, string | null>>[];

/** How long a polite goodbye may take. */
const GOODBYE_MS = 1_000;

/**
 * One connection to the source, used by one caller at a time and thrown away after its first failure: its transaction
 * and its snapshot are lost anyway. What ended it is what every later call is told.
 */
export class SourceConnection {
  readonly #client: Client;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.abandon();
  #ended: SourceFault | undefined;
  #tail: Promise<void> = Promise.resolve();

  private constructor(client: Client, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#signal = signal;
    client.on('error', (error) => this.fail(error));
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** @throws SourceFault */
  static async open(config: ClientConfig, signal: AbortSignal | undefined): Promise<SourceConnection> {
    if (signal?.aborted === true) {
      throw sessionClosed(signal.reason);
    }
    const connection = new SourceConnection(new Client(config), signal);
    try {
      await connection.#client.connect();
    } catch (error) {
      throw connection.fail(error);
    }
    return connection;
  }

  /**
   * Runs one statement, or several of fixed text; values come as text.
   *
   * @throws SourceFault
   */
  async query(sql: string): Promise<Rows> {
    const release = await this.claim();
    try {
      const result = await this.#client.query<Record<string, string | null>>(sql);
      return result.rows;
    } catch (error) {
      throw this.fail(error);
    } finally {
      release();
    }
  }

  /**
   * Waits until the connection is the caller's own; the answer gives it back.
   *
   * @throws SourceFault once the connection ended
   */
  async claim(): Promise<() => void> {
    const before = this.#tail;
    let release = (): void => undefined;
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    if (this.#ended !== undefined) {
      release();
      throw this.#ended;
    }
    return release;
  }

  /** For who has claimed the connection. */
  submit<T extends Submittable>(query: T): T {
    return this.#client.query(query);
  }

  /** When the server is ready for the next statement after the one submitted next. */
  idle(): Promise<void> {
    return new Promise((resolve) => this.#client.once('drain', resolve));
  }

  /** Ends the connection for a failure and answers what ended it. */
  fail(error: unknown): SourceFault {
    return this.#end(toFault(error));
  }

  /** Ends the connection because nobody wants it any more, at once. */
  abandon(cause?: unknown): void {
    this.#end(sessionClosed(cause));
  }

  /** Ends the connection, with a goodbye if it is idle. Idempotent. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) {
      return;
    }
    this.#ended = sessionClosed();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const cut = setTimeout(() => this.#cut(), GOODBYE_MS);
    await this.#client.end();
    clearTimeout(cut);
  }

  #end(fault: SourceFault): SourceFault {
    if (this.#ended === undefined) {
      this.#ended = fault;
      this.#signal?.removeEventListener('abort', this.#onAbort);
      this.#cut();
    }
    return this.#ended;
  }

  #cut(): void {
    this.#client.connection.stream.destroy();
  }
}
