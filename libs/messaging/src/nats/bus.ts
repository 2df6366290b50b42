import { nuid } from 'nats';
import { MessageFault, type Messenger } from '../port';
import { checkSubject } from '../subjects';
import { decodeAnswer, encodeMessage } from '../wire';
import { closedFault, Link, type NatsState } from './link';
import { connectionSettings, type NatsConnectionOptions } from './options';
import { Questions } from './questions';
import { checkNamespace, wireSubject } from './subjects';

export interface NatsBusOptions extends NatsConnectionOptions {
  /** Goes before every subject, so that two installations share a server without meeting. Default: `daymark`. */
  readonly namespace?: string;
  /**
   * The service's name: the connection carries it, and answers arrive at `_INBOX.<service>.…`, so that permissions can
   * keep services out of each other's answers.
   */
  readonly service: string;
  /** How long `close` waits until the server has what was sent. Default: 5,000. */
  readonly closeMs?: number;
  /** A server that answers no ping is given up after two or three of these. Default: 5,000. */
  readonly pingMs?: number;
  /** How long one attempt to connect may take. Default: 5,000. */
  readonly attemptMs?: number;
  /**
   * Told of every connection made and lost, of each new reason why there is none, and of each subject that the server
   * refuses. Must not throw.
   */
  readonly onChange?: (state: NatsState) => void;
  readonly now?: () => number;
  readonly random?: () => number;
}

/** This process's connection to the NATS server. */
export interface NatsBus {
  readonly namespace: string;
  /** What services are given. As many as wanted; all end with the bus. */
  messenger(): Messenger;
  /** For readiness. Liveness must not depend on it. */
  state(): NatsState;
  /** Resolves as soon as there is a connection, however long that takes. @throws MessageFault CLOSED */
  connected(): Promise<void>;
  /**
   * Fails every question in hand with CLOSED, and whatever is asked later; sends the nudges that were accepted and
   * leaves. Servers are closed before, by their owners.
   */
  close(): Promise<void>;
  /** Servers use it, nobody else. */
  readonly link: Link;
}

/**
 * Connects in the background: the answer is there before the server is. Without a connection questions fail at once and
 * nudges are lost.
 *
 * @throws TypeError for options that are none; the message does not quote them.
 */
export function createNatsBus(options: NatsBusOptions): NatsBus {
  const { namespace = 'daymark', service, closeMs = 5_000 } = options;
  checkNamespace(namespace);
  checkSubject(service);
  const settings = connectionSettings(options);
  const link = new Link({
    settings: async () => ({
      ...(await settings()),
      name: `${namespace}.${service}`,
      pingInterval: options.pingMs ?? 5_000,
      timeout: options.attemptMs ?? 5_000,
    }),
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
    onBroken: () => questions.failAll(brokenFault()),
    onChange: options.onChange ?? (() => undefined),
    onForbidden: (subject) => questions.forbid(subject),
  });
  const questions = new Questions(link, `_INBOX.${service}.${nuid.next()}`);
  link.listen(questions);
  return {
    namespace,
    link,
    messenger: () => messengerOver({ namespace, link, questions }),
    state: () => link.state(),
    connected: () => link.connected(),
    close: async () => {
      const closed = link.close(closeMs);
      questions.failAll(closedFault());
      await closed;
    },
  };
}

function messengerOver(over: { namespace: string; link: Link; questions: Questions }): Messenger {
  const { namespace, link, questions } = over;
  return {
    async ask<Answer>(subject: string, question: unknown, options: { timeoutMs: number }): Promise<Answer> {
      checkSubject(subject);
      const text = encodeMessage(question, link.maxMessageBytes());
      const wire = wireSubject(namespace, 'question', subject);
      return decodeAnswer(subject, await questions.ask(wire, text, options.timeoutMs)) as Answer;
    },
    nudge(subject: string, message: unknown): Promise<void> {
      return new Promise((resolve) => {
        checkSubject(subject);
        const text = encodeMessage(message, link.maxMessageBytes());
        if (link.state().status === 'closed') throw closedFault();
        link.publish(wireSubject(namespace, 'event', subject), text);
        resolve();
      });
    },
  };
}

function brokenFault(): MessageFault {
  return new MessageFault('DISCONNECTED', 'The connection broke before an answer came');
}
