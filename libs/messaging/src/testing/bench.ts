import type { Type } from '@nestjs/common';
import type { HandlerFault } from '../handlers';
import { MessageFault, type Messenger } from '../port';
import type { MessagingFactory, MessagingUnderTest, ServiceOptions } from './subject';

/** One test's broker, with the faults that its services reported. */
export interface Bench {
  readonly broker: MessagingUnderTest;
  readonly messenger: Messenger;
  readonly faults: HandlerFault[];
  start(controllers: Type[], options?: Partial<ServiceOptions>): Promise<{ stop(): Promise<void> }>;
  /** Asks within two seconds. */
  ask(subject: string, question?: unknown): Promise<unknown>;
  /** Asks, expects a fault and gives it. */
  fault(subject: string, question?: unknown): Promise<MessageFault>;
}

export async function benchOver(factory: MessagingFactory): Promise<Bench> {
  const broker = await factory();
  const messenger = await broker.messenger();
  const faults: HandlerFault[] = [];
  const ask = (subject: string, question?: unknown): Promise<unknown> =>
    messenger.ask(subject, question, { timeoutMs: 2_000 });
  return {
    broker,
    messenger,
    faults,
    start: (controllers, options = {}) =>
      broker.startService(controllers, {
        queue: 'suite',
        onFault: (fault) => faults.push(fault),
        ...options,
      }),
    ask,
    fault: async (subject, question) => {
      try {
        await ask(subject, question);
      } catch (thrown) {
        if (thrown instanceof MessageFault) return thrown;
        throw thrown;
      }
      throw new Error(`${subject} was answered`);
    },
  };
}
