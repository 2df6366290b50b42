import { Client } from 'pg';
import { pause, untilAborted, type Bell } from '../bell';
import { backoffMilliseconds } from './backoff';
import { clientConfig, type PostgresConnection } from './connection';

export interface ListenerOptions {
  readonly connection: PostgresConnection;
  readonly applicationName: string;
  readonly channel: string;
  readonly jitter: () => number;
  readonly report: (cause: unknown) => void;
}

/**
 * The one session of a handle that LISTENs, and rings for every append. It only shortens the wait of those who poll:
 * what it misses while disconnected costs nothing but time, so that it rings once after each (re)connect and retries
 * for ever.
 */
export class Listener {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly options: ListenerOptions,
    private readonly bell: Bell,
  ) {}

  /** Idempotent; nothing is connected before the first call. */
  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const signal = this.stopping.signal;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.listen(() => (failures = 0));
      } catch (cause) {
        this.options.report(cause);
      }
      await pause(backoffMilliseconds(failures, this.options.jitter), signal);
      failures += 1;
    }
  }

  /** Ends when asked to stop; rejects when the connection is lost. */
  private async listen(connected: () => void): Promise<void> {
    const client = new Client(clientConfig(this.options.connection, this.options.applicationName));
    client.on('notification', () => this.bell.ring());
    const lost = new Promise<never>((_, reject) => {
      client.on('error', reject);
      client.on('end', () => reject(new Error('the listening connection ended')));
    });
    lost.catch(() => this.bell.ring());
    try {
      const listening = client.connect().then(() => client.query(`listen ${this.options.channel}`));
      await untilAborted(Promise.race([lost, listening]), this.stopping.signal);
      connected();
      this.bell.ring();
      await untilAborted(lost, this.stopping.signal);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
