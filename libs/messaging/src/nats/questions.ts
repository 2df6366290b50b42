import { headers, type Msg, type MsgHdrs } from 'nats';
import { MessageFault } from '../port';
import { problemCodes, problemOf } from '../problem';
import { checkTimeout } from '../timeout';
import { closedFault, type Link, type Listener } from './link';
import { headersOf, textOf } from './text';

/** How many milliseconds the asker waits. A service does not begin a question whose asker has gone. */
export const TIMEOUT_HEADER = 'Daymark-Timeout-Ms';

/** As much of a message as that header takes at most. */
const headerBytes = 64;
const noResponders = 503;

interface Waiting {
  readonly wire: string;
  readonly answered: (text: string) => void;
  readonly failed: (fault: MessageFault) => void;
}

/** Questions in hand, and the inbox in which their answers arrive. What arrives late, or of nobody, is let go. */
export class Questions implements Listener {
  readonly subject: string;
  private readonly waiting = new Map<string, Waiting>();
  private asked = 0;

  constructor(
    private readonly link: Link,
    private readonly inbox: string,
  ) {
    this.subject = `${inbox}.*`;
  }

  /** Asks with this text, unchecked; resolves with whatever text is answered. */
  async ask(wire: string, text: string, timeoutMs: number): Promise<string> {
    checkTimeout(timeoutMs);
    if (this.link.state().status === 'closed') throw closedFault();
    const token = (this.asked += 1).toString(36);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((answered, failed) => {
        this.waiting.set(token, { wire, answered, failed });
        const late = `No answer from ${wire} within ${timeoutMs} ms`;
        timer = setTimeout(() => failed(new MessageFault('TIMEOUT', late)), timeoutMs);
        this.send({ wire, text, token, timeoutMs });
      });
    } finally {
      clearTimeout(timer);
      this.waiting.delete(token);
    }
  }

  take(message: Msg): void {
    const waiting = this.waiting.get(message.subject.slice(this.inbox.length + 1));
    if (waiting === undefined) return;
    if (saysNobody(message)) {
      waiting.failed(new MessageFault('NO_RESPONDER', `Nobody answers ${waiting.wire}`));
    } else waiting.answered(textOf(message.data));
  }

  refused(): void {
    this.failAll(forbidden(this.subject));
  }

  /** Fails those that were asked there: the server did not let them pass. */
  forbid(wire: string): void {
    for (const waiting of this.waiting.values()) {
      if (waiting.wire === wire) waiting.failed(forbidden(wire));
    }
  }

  failAll(fault: MessageFault): void {
    for (const { failed } of this.waiting.values()) failed(fault);
  }

  private send(question: { wire: string; text: string; token: string; timeoutMs: number }): void {
    const { wire, text, token, timeoutMs } = question;
    const reply = `${this.inbox}.${token}`;
    // The server counts headers as part of a message: one that fits without it still goes.
    const fits = Buffer.byteLength(text) + headerBytes <= this.link.maxMessageBytes();
    const options = fits ? { reply, headers: deadline(timeoutMs) } : { reply };
    if (this.link.publish(wire, text, options)) return;
    const code = this.link.state().lastError ?? 'none yet';
    throw new MessageFault('DISCONNECTED', `${wire} was not asked: no connection (${code})`);
  }
}

function deadline(timeoutMs: number): MsgHdrs {
  const all = headers();
  all.set(TIMEOUT_HEADER, String(timeoutMs));
  return all;
}

function saysNobody(message: Msg): boolean {
  return message.data.length === 0 && headersOf(message)?.code === noResponders;
}

function forbidden(wire: string): MessageFault {
  const problem = problemOf(problemCodes.forbidden, `The messaging server does not allow ${wire}.`);
  return new MessageFault('REJECTED', problem.detail, { problem });
}
