import {
  BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import type { MsPattern } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import type { Delivery, MessageKind, Take } from './delivery';
import { findEntry, type HandlerEntry, type HandlerGroup, HandlerTable } from './handler-table';
import type { HandlerFault, MessageContext } from './handlers';
import { Intake } from './intake';
import { MessageFault, type Problem } from './port';
import { internalProblem, problemCodes, problemOf, readProblem } from './problem';
import { decodeMessage, encodeAnswer, encodeProblem } from './wire';

export interface HandlerServerOptions {
  /** The queue group; absent: the server is a group of its own. A decorator's extra `queue` goes before it. */
  readonly queue?: string;
  /** Messages at work at once. Default: 32. */
  readonly concurrency?: number;
  /** Messages that may wait for their turn; beyond that questions are refused (OVERLOADED) and nudges dropped. Default: 1,024. */
  readonly waiting?: number;
  /** How long `close` waits for what was taken. Default: 10,000. */
  readonly drainMs?: number;
  /** What went wrong with a message and is not told to the asker. Must not throw. */
  readonly onFault: (fault: HandlerFault) => void;
}

/** What `@Ctx()` gives a handler. */
export class SubjectContext extends BaseRpcContext<[string]> implements MessageContext {
  getSubject(): string {
    return this.args[0];
  }
}

/**
 * What Nest's side of every transport is: which handler takes a message, how many at once, what an answer and a
 * refusal look like, and what is said to those who wait at a stop. The transports bring messages and carry answers away.
 */
export abstract class HandlerServer extends Server implements CustomTransportStrategy {
  abstract override readonly transportId: symbol;
  protected readonly drainMs: number;
  private readonly table = new HandlerTable();
  private readonly intake: Intake;
  private readonly unanswered = new Set<(text: string) => void>();

  protected constructor(private readonly options: HandlerServerOptions) {
    super();
    this.onProcessingEndHook = () => undefined;
    const { concurrency = 32, waiting = 1_024, drainMs = 10_000 } = options;
    this.intake = new Intake({ concurrency, waiting });
    this.drainMs = drainMs;
  }

  /**
   * Called by Nest.
   *
   * @throws TypeError for a pattern that is none; Error for a second answer to one pattern.
   */
  override addHandler(
    pattern: MsPattern,
    handler: MessageHandler,
    isEventHandler = false,
    extras: { queue?: unknown } = {},
  ): void {
    const queue = typeof extras.queue === 'string' ? extras.queue : (this.options.queue ?? null);
    const kind = isEventHandler ? 'event' : 'question';
    this.table.add({ kind, pattern: this.normalizePattern(pattern), queue }, handler);
  }

  abstract override listen(callback: (error?: unknown) => void): void;

  abstract override close(): Promise<void>;

  /** Transports have no events of their own for Nest. */
  on(): void {
    return undefined;
  }

  /** The driver beneath is the transport's own business. */
  unwrap(): never {
    throw new Error('This server has no driver to unwrap');
  }

  /** The longest answer that can be sent now. */
  protected abstract maxAnswerBytes(): number;

  protected groups(): HandlerGroup[] {
    return this.table.groups();
  }

  protected find(group: HandlerGroup, kind: MessageKind, subject: string): Take | undefined {
    const entry = findEntry(group, kind, subject);
    if (entry === undefined) return undefined;
    return (delivery) =>
      kind === 'event' ? this.takeEvent(entry, delivery) : this.takeQuestion(entry, delivery);
  }

  /** Waits for what was taken, so many milliseconds at most; what is left is answered STOPPED. */
  protected async finish(withinMs: number): Promise<void> {
    if (await this.intake.drained(withinMs)) return;
    this.intake.clear();
    const stopped = problemOf(problemCodes.stopped, 'The service stopped before it answered.', {
      retryable: true,
    });
    for (const answer of this.unanswered) answer(encodeProblem(stopped));
    this.unanswered.clear();
  }

  protected report(subject: string, cause: unknown): void {
    this.options.onFault({ subject, cause });
  }

  private takeQuestion(entry: HandlerEntry, delivery: Delivery): Promise<string> {
    return new Promise((resolve) => {
      this.unanswered.add(resolve);
      const admitted = this.intake.admit(async () => {
        if (!delivery.abandoned()) resolve(await this.answer(entry, delivery));
        this.unanswered.delete(resolve);
      });
      if (admitted) return;
      this.unanswered.delete(resolve);
      resolve(encodeProblem(overloaded()));
    });
  }

  private takeEvent(entry: HandlerEntry, delivery: Delivery): Promise<string> {
    const admitted = this.intake.admit(async () => {
      await Promise.all(entry.handlers.map((handler) => this.tell(handler, delivery)));
    });
    if (!admitted) this.report(delivery.subject, new Error('The nudge was dropped: too many wait'));
    return Promise.resolve('');
  }

  private async answer(entry: HandlerEntry, delivery: Delivery): Promise<string> {
    const question = this.read(delivery);
    if (question === undefined) {
      return encodeProblem(problemOf(problemCodes.questionMalformed, 'The question is no JSON.'));
    }
    try {
      const [handler] = entry.handlers;
      const answer = handler && (await this.run(handler, question.data, delivery, firstValueFrom));
      return encodeAnswer(answer, this.maxAnswerBytes());
    } catch (thrown) {
      return encodeProblem(this.problemIn(thrown, delivery));
    }
  }

  private async tell(handler: MessageHandler, delivery: Delivery): Promise<void> {
    const event = this.read(delivery);
    if (event === undefined) return;
    try {
      await this.run(handler, event.data, delivery, lastValueFrom);
    } catch (thrown) {
      // Nobody is answered, so a refusal is told here; INTERNAL was told where the cause was still known.
      if (readProblem(thrown)?.code !== problemCodes.internal) this.report(delivery.subject, thrown);
    }
  }

  private read(delivery: Delivery): { data: unknown } | undefined {
    try {
      return { data: decodeMessage(delivery.text) };
    } catch (cause) {
      this.report(delivery.subject, cause);
      return undefined;
    }
  }

  private async run(
    handler: MessageHandler,
    data: unknown,
    delivery: Delivery,
    pick: (values: Observable<unknown>, ifNone: { defaultValue: unknown }) => Promise<unknown>,
  ): Promise<unknown> {
    const context = new SubjectContext([delivery.subject]);
    return new Promise((resolve) => {
      this.onProcessingStartHook(this.transportId, context, async () => {
        const outcome = Promise.resolve(handler(data, context))
          .then((returned) => pick(this.transformToObservable(returned), { defaultValue: undefined }))
          .finally(() => {
            this.onProcessingEndHook(this.transportId, context);
          });
        resolve(outcome);
        await Promise.allSettled([outcome]);
      });
    });
  }

  private problemIn(thrown: unknown, delivery: Delivery): Problem {
    if (thrown instanceof MessageFault) {
      this.report(delivery.subject, thrown);
      return problemOf(problemCodes.answerInvalid, `The answer cannot be sent (${thrown.code}).`);
    }
    const said = readProblem(thrown);
    if (said === undefined) this.report(delivery.subject, thrown);
    return said ?? internalProblem;
  }
}

function overloaded(): Problem {
  return problemOf(problemCodes.overloaded, 'Too many questions wait for this service.', { retryable: true });
}
