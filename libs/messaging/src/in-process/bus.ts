import type { MessageKind, Take } from '../delivery';
import { MessageFault, type Messenger } from '../port';
import { checkSubject } from '../subjects';
import { checkTimeout } from '../timeout';
import { decodeAnswer, encodeMessage, MAX_MESSAGE_BYTES } from '../wire';

/** One server's handlers of one queue group; null: a group of its own. */
export interface Member {
  readonly queue: string | null;
  find(kind: MessageKind, subject: string): Take | undefined;
}

export interface InProcessBusOptions {
  /** Default: 1 MiB, as NATS. */
  readonly maxMessageBytes?: number;
}

/**
 * The broker of a process that holds all services: it behaves as NATS does, so that a service which works here works
 * there. Messages are JSON text in both directions. One question goes to one member of each queue group that listens,
 * in turn, and the first answer counts; one nudge goes to one member of each. Nothing is kept for later listeners.
 */
export interface InProcessBus {
  readonly maxMessageBytes: number;
  /** What services are given. As many as wanted; all end with the bus. */
  messenger(): Messenger;
  /** Takes a server's handlers in; the answer takes them out again. Servers call it, nobody else. */
  attach(member: Member): () => void;
  /** A nudge as text, unchecked: what a stranger could send. */
  publish(subject: string, text: string): void;
  /** A question as text, unchecked; answers with the envelope's text. @throws MessageFault */
  request(subject: string, text: string, timeoutMs: number): Promise<string>;
  /** Fails every question in hand with CLOSED, and whatever is asked later. Servers are closed by their owners. */
  close(): void;
}

export function createInProcessBus(options: InProcessBusOptions = {}): InProcessBus {
  const { maxMessageBytes = MAX_MESSAGE_BYTES } = options;
  const members: Member[] = [];
  const inHand = new Set<(fault: MessageFault) => void>();
  let closed = false;

  const assertOpen = (): void => {
    if (closed) throw new MessageFault('CLOSED', 'The transport is closed');
  };

  const publish = (subject: string, text: string): void => {
    assertOpen();
    for (const take of choose(members, 'event', subject))
      void take({ subject, text, abandoned: () => false });
  };

  const request = async (subject: string, text: string, timeoutMs: number): Promise<string> => {
    assertOpen();
    checkTimeout(timeoutMs);
    const takes = choose(members, 'question', subject);
    if (takes.length === 0) throw new MessageFault('NO_RESPONDER', `Nobody answers ${subject}`);
    return firstAnswer(takes, { subject, text, timeoutMs, inHand });
  };

  return {
    maxMessageBytes,
    messenger: () => messengerOver({ maxMessageBytes, publish, request }),
    attach: (member) => {
      members.push(member);
      return () => remove(members, member);
    },
    publish,
    request,
    close: () => {
      closed = true;
      for (const fail of inHand) fail(new MessageFault('CLOSED', 'The transport was closed'));
    },
  };
}

function messengerOver(bus: Pick<InProcessBus, 'maxMessageBytes' | 'publish' | 'request'>): Messenger {
  return {
    async ask<Answer>(subject: string, question: unknown, options: { timeoutMs: number }): Promise<Answer> {
      checkSubject(subject);
      const text = encodeMessage(question, bus.maxMessageBytes);
      return decodeAnswer(subject, await bus.request(subject, text, options.timeoutMs)) as Answer;
    },
    nudge(subject: string, message: unknown): Promise<void> {
      return new Promise((resolve) => {
        checkSubject(subject);
        bus.publish(subject, encodeMessage(message, bus.maxMessageBytes));
        resolve();
      });
    },
  };
}

interface Question {
  readonly subject: string;
  readonly text: string;
  readonly timeoutMs: number;
  readonly inHand: Set<(fault: MessageFault) => void>;
}

function firstAnswer(takes: readonly Take[], question: Question): Promise<string> {
  const { subject, text, timeoutMs, inHand } = question;
  let abandoned = false;
  let timer: NodeJS.Timeout | undefined;
  let fail: (fault: MessageFault) => void = () => undefined;
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
    timer = setTimeout(() => {
      reject(new MessageFault('TIMEOUT', `No answer from ${subject} within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  inHand.add(fail);
  const answers = takes.map((take) => take({ subject, text, abandoned: () => abandoned }));
  return Promise.race([...answers, failed]).finally(() => {
    abandoned = true;
    clearTimeout(timer);
    inHand.delete(fail);
  });
}

/** One member of each group that listens: of those, the one whose turn is longest ago. */
function choose(members: Member[], kind: MessageKind, subject: string): Take[] {
  const chosen = new Map<string | Member, { member: Member; take: Take }>();
  for (const member of members) {
    const group = member.queue ?? member;
    if (chosen.has(group)) continue;
    const take = member.find(kind, subject);
    if (take !== undefined) chosen.set(group, { member, take });
  }
  const taken = [...chosen.values()];
  for (const { member } of taken) {
    remove(members, member);
    members.push(member);
  }
  return taken.map(({ take }) => take);
}

function remove(members: Member[], member: Member): void {
  const index = members.indexOf(member);
  if (index >= 0) members.splice(index, 1);
}
