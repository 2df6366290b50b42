import { type Msg, nuid } from 'nats';
import type { MessageKind, Take } from '../delivery';
import { HandlerServer, type HandlerServerOptions } from '../handler-server';
import type { HandlerGroup } from '../handler-table';
import type { NatsBus } from './bus';
import type { Listener } from './link';
import { Pause } from './pause';
import { TIMEOUT_HEADER } from './questions';
import { subjectOf, wireSubject } from './subjects';
import { headersOf, textOf } from './text';

export interface NatsServerOptions extends HandlerServerOptions {
  /** Milliseconds of a clock that never goes back. Default: of the process. */
  readonly monotonic?: () => number;
}

/** How long a stop waits until the server has the last answers. */
const lastAnswersMs = 1_000;

/**
 * Nest's side of the NATS transport: `createMicroservice(module, { strategy: new NatsServer(bus, options) })`.
 * `listen` resolves once the subscriptions stand at the server, however long there is none: a shell opens its health
 * endpoints before.
 */
export class NatsServer extends HandlerServer {
  override readonly transportId = Symbol('daymark.nats');
  private readonly listeners: Listener[] = [];
  private readonly monotonic: () => number;

  constructor(
    private readonly bus: NatsBus,
    options: NatsServerOptions,
  ) {
    super(options);
    this.monotonic = options.monotonic ?? (() => performance.now());
  }

  listen(callback: (error?: unknown) => void): void {
    for (const group of this.groups()) this.listeners.push(...this.listenersOf(group));
    for (const listener of this.listeners) this.bus.link.listen(listener);
    this.standing().then(() => callback(), callback);
  }

  /**
   * Takes nothing more, then waits for what was taken, within `drainMs`; what is left is answered STOPPED. Answers are
   * with the server before it resolves, unless that is out of reach.
   */
  async close(): Promise<void> {
    const begun = this.monotonic();
    const listeners = this.listeners.splice(0);
    await within(this.drainMs, Promise.all(listeners.map((listener) => this.bus.link.unlisten(listener))));
    await this.finish(Math.max(0, this.drainMs - (this.monotonic() - begun)));
    // Answers are sent by what follows them, a turn later.
    await new Promise((resolve) => setImmediate(resolve));
    await within(lastAnswersMs, this.bus.link.flush());
  }

  protected maxAnswerBytes(): number {
    return this.bus.link.maxMessageBytes();
  }

  /** Waits for the server's word on each subscription. */
  private async standing(): Promise<void> {
    await this.bus.link.connected();
    await this.bus.link.flush();
    const { refused } = this.bus.state();
    const ours = this.listeners.map(({ subject }) => subject).filter((subject) => refused.includes(subject));
    if (ours.length > 0) throw new Error(`The messaging server does not let us listen to ${ours.join(', ')}`);
  }

  private listenersOf(group: HandlerGroup): Listener[] {
    // A server without a queue is a group of its own too: patterns that overlap must not bring a message twice.
    const queue = group.queue ?? `own-${nuid.next()}`;
    return group.entries.map(({ kind, pattern }) => {
      const subject = wireSubject(this.bus.namespace, kind, pattern);
      return {
        subject,
        // A group of its own for nudges: `*` at the start of a question's pattern would take theirs away.
        queue: kind === 'event' ? `${queue}-nudge` : queue,
        take: (message) => this.receive(group, kind, message),
        refused: () => this.report(pattern, new Error(`The messaging server does not allow ${subject}`)),
      };
    });
  }

  /** Whichever subscription of the group brought it, the pattern that says most takes it. */
  private receive(group: HandlerGroup, kind: MessageKind, message: Msg): void {
    const subject = subjectOf(this.bus.namespace, kind, message.subject);
    if (subject === undefined) return;
    const take = this.find(group, kind, subject);
    if (take === undefined) return;
    if (kind === 'question') this.answerTo(message, subject, take);
    else void take({ subject, text: textOf(message.data), abandoned: () => false });
  }

  private answerTo(message: Msg, subject: string, take: Take): void {
    const { reply } = message;
    // Answers go to inboxes only: a stranger could name any subject that we may publish to.
    if (reply === undefined || !reply.startsWith('_INBOX.')) {
      this.report(subject, new Error('A question came without a place for its answer'));
      return;
    }
    const abandoned = this.deadlineOf(message);
    void take({ subject, text: textOf(message.data), abandoned }).then((answer) => {
      if (!this.bus.link.publish(reply, answer))
        this.report(subject, new Error('The answer could not be sent: no connection'));
    });
  }

  private deadlineOf(message: Msg): () => boolean {
    const timeoutMs = Number(headersOf(message)?.get(TIMEOUT_HEADER) || Number.NaN);
    const begun = this.monotonic();
    return () => this.monotonic() - begun > timeoutMs;
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new Pause();
  await Promise.race([work, patience.wait(ms)]);
  patience.end();
}
