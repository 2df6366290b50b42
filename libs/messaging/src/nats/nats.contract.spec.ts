import { afterAll, beforeAll } from '@jest/globals';
import { connect, type NatsConnection, type Subscription } from 'nats';
import { describeMessaging, describeWithNats, listenWith, type MessagingUnderTest } from '../testing';
import { startNatsServer, type TestNatsServer } from '../testing-nats';
import { createNatsBus } from './bus';
import { NatsServer } from './server';
import { wireSubject } from './subjects';

describeWithNats('nats', (binary) => {
  let server: TestNatsServer;
  let stranger: NatsConnection;
  let namespaces = 0;

  beforeAll(async () => {
    server = await startNatsServer({ binary });
    stranger = await connect({ servers: server.url });
  });

  afterAll(async () => {
    await stranger.close();
    await server.stop();
  });

  describeMessaging('nats', async () => {
    const namespace = `suite${(namespaces += 1)}`;
    const bus = createNatsBus({ url: server.url, namespace, service: 'suite', closeMs: 2_000 });
    await bus.connected();
    const strange: Subscription[] = [];
    const running = new Set<() => Promise<void>>();
    const wire = (kind: 'question' | 'event', subject: string): string =>
      wireSubject(namespace, kind, subject);
    const broker: MessagingUnderTest = {
      startService: async (controllers, options) => {
        const microservice = await listenWith(new NatsServer(bus, options), controllers, options.onFault);
        const stop = async (): Promise<void> => {
          running.delete(stop);
          await microservice.close();
        };
        running.add(stop);
        return { stop };
      },
      messenger: () => Promise.resolve(bus.messenger()),
      publishText: (subject, text) => {
        stranger.publish(wire('event', subject), text);
        return stranger.flush();
      },
      askText: async (subject, text, timeoutMs) =>
        (await stranger.request(wire('question', subject), text, { timeout: timeoutMs })).string(),
      answerText: (subject, text) => {
        strange.push(
          stranger.subscribe(wire('question', subject), { callback: (_, message) => message.respond(text) }),
        );
        return stranger.flush();
      },
      dispose: async () => {
        for (const subscription of strange) subscription.unsubscribe();
        const closed = bus.close();
        await Promise.all([...running].map((stop) => stop()));
        await closed;
      },
    };
    return broker;
  });
});
