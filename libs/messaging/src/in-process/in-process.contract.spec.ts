import type { Take } from '../delivery';
import { describeMessaging, listenWith, type MessagingUnderTest } from '../testing';
import { createInProcessBus } from './bus';
import { InProcessServer } from './server';

describeMessaging('in-process', async () => {
  const bus = createInProcessBus();
  const running = new Set<() => Promise<void>>();
  const broker: MessagingUnderTest = {
    startService: async (controllers, options) => {
      const microservice = await listenWith(new InProcessServer(bus, options), controllers, options.onFault);
      const stop = async (): Promise<void> => {
        running.delete(stop);
        await microservice.close();
      };
      running.add(stop);
      return { stop };
    },
    messenger: () => Promise.resolve(bus.messenger()),
    publishText: (subject, text) => {
      bus.publish(subject, text);
      return Promise.resolve();
    },
    askText: (subject, text, timeoutMs) => bus.request(subject, text, timeoutMs),
    answerText: (subject, text) => {
      const find = (kind: string, asked: string): Take | undefined =>
        kind === 'question' && asked === subject ? () => Promise.resolve(text) : undefined;
      bus.attach({ queue: null, find });
      return Promise.resolve();
    },
    dispose: async () => {
      bus.close();
      await Promise.all([...running].map((stop) => stop()));
    },
  };
  return Promise.resolve(broker);
});
