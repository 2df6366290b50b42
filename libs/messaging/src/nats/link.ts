import { connect, type ConnectionOptions, DebugEvents, Events, type Msg, NatsError, type Status } from 'nats';
import type { NatsConnection, PublishOptions, Subscription } from 'nats';
import { MessageFault } from '../port';
import { MAX_MESSAGE_BYTES } from '../wire';
import { Pause } from './pause';

/** What readiness may ask. Never a reason to restart a process: the link comes back by itself. */
export interface NatsState {
  readonly status: 'connecting' | 'connected' | 'closed';
  /** Since when, as an instant in UTC. */
  readonly since: string;
  /** The code of what went wrong last; null when nothing has since the connection was made. */
  readonly lastError: string | null;
  /** Subjects that the server does not let us listen to: what they bring is not heard. */
  readonly refused: readonly string[];
}

/** One subscription, made anew with every connection. */
export interface Listener {
  readonly subject: string;
  readonly queue?: string;
  /** Must not throw. */
  readonly take: (message: Msg) => void;
  /** The server does not allow it. */
  readonly refused: () => void;
}

export interface LinkParts {
  /** What to connect with; asked before each attempt. */
  readonly settings: () => Promise<ConnectionOptions>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  /** The connection broke: what was asked over it will not be answered. */
  readonly onBroken: () => void;
  /** The server does not allow that something is sent there. */
  readonly onForbidden: (subject: string) => void;
  readonly onChange: (state: NatsState) => void;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/**
 * The connection to the server: made as soon as there is one, and again for ever. The driver's own reconnecting is off.
 * It cannot be stopped before the first connection, gives up after two refusals of a password, reads credentials once,
 * and keeps or loses what was sent meanwhile as the moment decides; here every connection is a new one, and nothing
 * sent is kept.
 */
export class Link {
  private readonly listeners = new Map<Listener, Subscription | undefined>();
  private readonly refused = new Set<string>();
  private readonly pause = new Pause();
  private waiters: { up: () => void; closed: (fault: MessageFault) => void }[] = [];
  private connection: NatsConnection | undefined;
  private status: NatsState['status'] = 'connecting';
  private since: number;
  private lastError: string | null = null;

  constructor(private readonly parts: LinkParts) {
    this.since = parts.now();
    void this.run();
  }

  state(): NatsState {
    const { status, lastError } = this;
    return { status, since: new Date(this.since).toISOString(), lastError, refused: [...this.refused] };
  }

  maxMessageBytes(): number {
    return Math.min(MAX_MESSAGE_BYTES, this.connection?.info?.max_payload ?? MAX_MESSAGE_BYTES);
  }

  /** Resolves as soon as there is a connection. @throws MessageFault CLOSED */
  async connected(): Promise<void> {
    if (this.status === 'connected') return;
    await new Promise<void>((up, closed) => {
      if (this.status === 'closed') closed(closedFault());
      else this.waiters.push({ up, closed });
    });
  }

  /** False when it could not be sent. What is sent is not known to have arrived. */
  publish(subject: string, text: string, options?: PublishOptions): boolean {
    if (this.status !== 'connected' || this.connection === undefined) return false;
    try {
      this.connection.publish(subject, text, options);
      return true;
    } catch {
      return false;
    }
  }

  listen(listener: Listener): void {
    this.listeners.set(listener, undefined);
    if (this.status === 'connected' && this.connection) this.subscribe(this.connection, listener);
  }

  /** Resolves once nothing more comes; everything that the server had sent before was taken. */
  async unlisten(listener: Listener): Promise<void> {
    const subscription = this.listeners.get(listener);
    const connection = this.connection;
    this.listeners.delete(listener);
    this.refused.delete(listener.subject);
    if (subscription === undefined || connection === undefined || connection.isClosed()) return;
    await Promise.race([subscription.drain().catch(() => undefined), connection.closed()]);
  }

  /** Resolves once the server has everything that was sent to it so far, or the connection is gone. */
  async flush(): Promise<void> {
    const connection = this.connection;
    if (connection === undefined || connection.isClosed()) return;
    await Promise.race([connection.flush().catch(() => undefined), connection.closed()]);
  }

  /** Sends what was accepted, within the time given, and leaves for good. */
  async close(withinMs: number): Promise<void> {
    if (this.status === 'closed') return;
    const connection = this.connection;
    this.enter('closed');
    this.pause.end();
    for (const { closed } of this.waiters.splice(0)) closed(closedFault());
    if (connection === undefined || connection.isClosed()) return;
    const patience = new Pause();
    await Promise.race([connection.drain().catch(() => undefined), patience.wait(withinMs)]);
    patience.end();
    await connection.close();
  }

  private async run(): Promise<void> {
    for (let failed = 0; this.status !== 'closed';) {
      const connection = await this.dial();
      if (connection === undefined) {
        const most = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failed, 10));
        failed += 1;
        await this.pause.wait(most / 2 + (this.parts.random() * most) / 2);
        continue;
      }
      failed = 0;
      await this.hold(connection);
    }
  }

  private async dial(): Promise<NatsConnection | undefined> {
    try {
      const settings = await this.parts.settings();
      const connection = await connect({
        ...settings,
        reconnect: false,
        maxPingOut: 2,
        noAsyncTraces: true,
      });
      if (this.status !== 'closed') return connection;
      await connection.close();
    } catch (error) {
      this.failedBy(codeOf(error));
    }
    return undefined;
  }

  /** Until that connection is gone. */
  private async hold(connection: NatsConnection): Promise<void> {
    this.connection = connection;
    this.refused.clear();
    void this.watch(connection);
    for (const listener of this.listeners.keys()) this.subscribe(connection, listener);
    await this.flush();
    if (!connection.isClosed() && !this.isClosed()) {
      this.lastError = null;
      this.enter('connected');
      for (const { up } of this.waiters.splice(0)) up();
    }
    const error = await connection.closed();
    this.connection = undefined;
    if (this.isClosed()) return;
    this.lastError = error === undefined ? (this.lastError ?? 'CONNECTION_LOST') : codeOf(error);
    this.enter('connecting');
    this.parts.onBroken();
  }

  private subscribe(connection: NatsConnection, listener: Listener): void {
    if (connection.isClosed()) return;
    const { subject, queue } = listener;
    const callback = (error: NatsError | null, message: Msg): void => {
      try {
        if (error === null) listener.take(message);
        else this.refuse(listener);
      } catch {
        // What is thrown here would end the driver's reading, and with it the connection's use.
        this.lastError = 'LISTENER_BROKE';
      }
    };
    const options = queue === undefined ? { callback } : { callback, queue };
    this.listeners.set(listener, connection.subscribe(subject, options));
  }

  /** The same failure again and again is told once. */
  private failedBy(code: string): void {
    const known = this.lastError === code;
    this.lastError = code;
    if (!known && !this.isClosed()) this.parts.onChange(this.state());
  }

  private refuse(listener: Listener): void {
    this.refused.add(listener.subject);
    this.lastError = 'PERMISSIONS_VIOLATION';
    listener.refused();
    this.parts.onChange(this.state());
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) this.heed(connection, status);
  }

  private heed(connection: NatsConnection, status: Status): void {
    if (status.type === DebugEvents.StaleConnection) {
      this.lastError = 'STALE_CONNECTION';
      // The driver would first wait until what it wrote has left, which a server that hangs may never take.
      void connection.close();
    }
    if (status.type !== Events.Error) return;
    this.lastError = typeof status.data === 'string' ? status.data : 'UNKNOWN';
    if (status.permissionContext?.operation === 'publish')
      this.parts.onForbidden(status.permissionContext.subject);
  }

  private enter(status: NatsState['status']): void {
    this.status = status;
    this.since = this.parts.now();
    this.parts.onChange(this.state());
  }

  /** Apart from a comparison in place, which the compiler would believe to hold across an await. */
  private isClosed(): boolean {
    return this.status === 'closed';
  }
}

export function closedFault(): MessageFault {
  return new MessageFault('CLOSED', 'The transport is closed');
}

/** A code and nothing else: what the driver says in words may quote what it was given. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'UNKNOWN';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'UNKNOWN';
}
