import {
  BaseRpcContext,
  type CustomTransportStrategy,
  type MessageHandler,
  Server,
} from '@nestjs/microservices';
import type { MsPattern } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import type { HandlerFault, MessageContext } from '../handlers';
import { Intake } from '../intake';
import { MessageFault, type Problem } from '../port';
import { internalProblem, problemCodes, problemOf, readProblem } from '../problem';
import { bySpecificity, checkPattern, matches } from '../subjects';
import { decodeMessage, encodeAnswer, encodeProblem } from '../wire';
import type { Delivery, InProcessBus, MessageKind, Take } from './bus';

export interface InProcessServerOptions {
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
export class InProcessContext extends BaseRpcContext<[string]> implements MessageContext {
  getSubject(): string {
    return this.args[0];
  }
}

interface Entry {
  readonly kind: MessageKind;
  readonly pattern: string;
  readonly queue: string | null;
  /** Of a question exactly one. */
  readonly handlers: MessageHandler[];
}

/**
 * Nest's side of the in-process bus: `createMicroservice(module, { strategy: new InProcessServer(bus, options) })`.
 * Where several patterns of one server and queue group match a subject, the one that says most takes the message.
 */
export class InProcessServer extends Server implements CustomTransportStrategy {
  override readonly transportId = Symbol('daymark.in-process');
  private readonly entries: Entry[] = [];
  private readonly intake: Intake;
  private readonly unanswered = new Set<(text: string) => void>();
  private detach: (() => void)[] = [];

  constructor(
    private readonly bus: InProcessBus,
    private readonly options: InProcessServerOptions,
  ) {
    super();
    this.onProcessingEndHook = () => undefined;
    this.intake = new Intake({ concurrency: options.concurrency ?? 32, waiting: options.waiting ?? 1_024 });
  }

  /**
   * Called by Nest. Kept apart from Nest's own table, where an event handler and a question handler of one pattern
   * overwrite each other.
   *
   * @throws TypeError for a pattern that is none; Error for a second answer to one pattern.
   */
  override addHandler(
    pattern: MsPattern,
    handler: MessageHandler,
    isEventHandler = false,
    extras: { queue?: unknown } = {},
  ): void {
    const route = this.normalizePattern(pattern);
    checkPattern(route);
    const kind = isEventHandler ? 'event' : 'question';
    const queue = typeof extras.queue === 'string' ? extras.queue : (this.options.queue ?? null);
    const entry = this.entries.find((e) => e.kind === kind && e.pattern === route && e.queue === queue);
    if (entry === undefined) this.entries.push({ kind, pattern: route, queue, handlers: [handler] });
    else if (isEventHandler) entry.handlers.push(handler);
    else throw new Error(`Two handlers answer the pattern "${route}"`);
  }

  listen(callback: (error?: unknown) => void): void {
    const sorted = this.entries.toSorted((a, b) => bySpecificity(a.pattern, b.pattern));
    for (const queue of new Set(sorted.map((entry) => entry.queue))) {
      const own = sorted.filter((entry) => entry.queue === queue);
      this.detach.push(this.bus.attach({ queue, find: (kind, subject) => this.find(own, kind, subject) }));
    }
    callback();
  }

  /** Takes nothing more, then waits for what was taken, within `drainMs`; what is left is answered STOPPED. */
  async close(): Promise<void> {
    for (const detach of this.detach.splice(0)) detach();
    const { drainMs = 10_000 } = this.options;
    if (await this.intake.drained(drainMs)) return;
    this.intake.clear();
    const stopped = problemOf(problemCodes.stopped, 'The service stopped before it answered.', {
      retryable: true,
    });
    for (const answer of this.unanswered) answer(encodeProblem(stopped));
    this.unanswered.clear();
  }

  /** The bus has no events of its own. */
  on(): void {
    return undefined;
  }

  /** There is no driver beneath. */
  unwrap(): never {
    throw new Error('The in-process server has no driver to unwrap');
  }

  private find(entries: readonly Entry[], kind: MessageKind, subject: string): Take | undefined {
    const entry = entries.find((e) => e.kind === kind && matches(e.pattern, subject));
    if (entry === undefined) return undefined;
    return (delivery) =>
      kind === 'event' ? this.takeEvent(entry, delivery) : this.takeQuestion(entry, delivery);
  }

  private takeQuestion(entry: Entry, delivery: Delivery): Promise<string> {
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

  private takeEvent(entry: Entry, delivery: Delivery): Promise<string> {
    const admitted = this.intake.admit(async () => {
      await Promise.all(entry.handlers.map((handler) => this.tell(handler, delivery)));
    });
    if (!admitted) this.report(delivery, new Error('The nudge was dropped: too many wait'));
    return Promise.resolve('');
  }

  private async answer(entry: Entry, delivery: Delivery): Promise<string> {
    const question = this.read(delivery);
    if (question === undefined) {
      return encodeProblem(problemOf(problemCodes.questionMalformed, 'The question is no JSON.'));
    }
    try {
      const [handler] = entry.handlers;
      const answer = handler && (await this.run(handler, question.data, delivery, firstValueFrom));
      return encodeAnswer(answer, this.bus.maxMessageBytes);
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
      if (readProblem(thrown)?.code !== problemCodes.internal) this.report(delivery, thrown);
    }
  }

  private read(delivery: Delivery): { data: unknown } | undefined {
    try {
      return { data: decodeMessage(delivery.text) };
    } catch (cause) {
      this.report(delivery, cause);
      return undefined;
    }
  }

  private async run(
    handler: MessageHandler,
    data: unknown,
    delivery: Delivery,
    pick: (values: Observable<unknown>, ifNone: { defaultValue: unknown }) => Promise<unknown>,
  ): Promise<unknown> {
    const context = new InProcessContext([delivery.subject]);
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
      this.report(delivery, thrown);
      return problemOf(problemCodes.answerInvalid, `The answer cannot be sent (${thrown.code}).`);
    }
    const said = readProblem(thrown);
    if (said === undefined) this.report(delivery, thrown);
    return said ?? internalProblem;
  }

  private report(delivery: Delivery, cause: unknown): void {
    this.options.onFault({ subject: delivery.subject, cause });
  }
}

function overloaded(): Problem {
  return problemOf(problemCodes.overloaded, 'Too many questions wait for this service.', { retryable: true });
}
