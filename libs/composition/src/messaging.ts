/** How this process asks others and is asked: over NATS with `NATS_URL`, else within itself. */
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { Messenger } from '@daymark/messaging';
import { createInProcessBus, InProcessServer } from '@daymark/messaging/in-process';
import { createNatsBus, NatsServer, type NatsBus, type NatsState } from '@daymark/messaging/nats';
import type { Metrics } from '@daymark/platform/metrics';
import type { ReadinessCheck } from '@daymark/services/admin-gateway';
import { measured } from './measuring';
import { openRoom, type Room, type RoomOptions } from './rooms';
import { Misconfigured, type Shell } from './shell';

export interface Messaging {
  readonly messenger: Messenger;
  /** What readiness asks of it. */
  readonly readiness: readonly ReadinessCheck[];
  /** Opens a room's handlers; resolves once they are asked. Over NATS that takes as long as there is no server. */
  serve(room: Room): Promise<void>;
}

/** @throws Misconfigured */
export function openMessaging(shell: Shell, metrics: Metrics): Messaging {
  const { lifecycle } = shell;
  const { readiness, messenger, strategy, close } = transportOf(shell);
  lifecycle.started('messaging', close);
  return {
    messenger: measured(messenger, metrics),
    readiness,
    serve: (room) => openRoom(room, shell, strategy),
  };
}

interface Transport {
  readonly messenger: Messenger;
  readonly readiness: readonly ReadinessCheck[];
  readonly strategy: (options: RoomOptions) => CustomTransportStrategy;
  readonly close: () => Promise<void> | void;
}

function transportOf(shell: Shell): Transport {
  const { natsUrl } = shell.configuration;
  if (natsUrl === undefined) return inProcess();
  const url = natsUrl.reveal();
  hide(url, shell);
  return overNats(busAt(url, shell));
}

function inProcess(): Transport {
  const bus = createInProcessBus();
  return {
    messenger: bus.messenger(),
    readiness: [],
    strategy: (options) => new InProcessServer(bus, options),
    close: () => bus.close(),
  };
}

function overNats(bus: NatsBus): Transport {
  const connected = (): boolean => bus.state().status === 'connected' && bus.state().refused.length === 0;
  return {
    messenger: bus.messenger(),
    readiness: [{ name: 'messaging', check: () => Promise.resolve(connected()) }],
    strategy: (options) => new NatsServer(bus, options),
    close: () => bus.close(),
  };
}

function busAt(url: string, { name, configuration, logger }: Shell): NatsBus {
  const onChange = (state: NatsState): void => {
    const { status, lastError, refused } = state;
    if (status === 'connected' && refused.length === 0) logger.info('The messaging server is there.');
    else if (status !== 'closed')
      logger.warn({ status, lastError, refused }, 'The messaging server is out of reach for now.');
  };
  try {
    return createNatsBus({ url, namespace: configuration.namespace, service: name, onChange });
  } catch (fault) {
    // The message never quotes the URL.
    if (!(fault instanceof TypeError)) throw fault;
    throw new Misconfigured(`NATS_URL cannot be used: ${fault.message}.`, { cause: fault });
  }
}

/** A password or a token in a URL stays out of the log, also as it was written there. */
function hide(urls: string, { scrubber }: Shell): void {
  for (const text of urls.split(',')) {
    if (!URL.canParse(text.trim())) continue;
    const { username, password } = new URL(text.trim());
    const secret = password === '' ? username : password;
    if (secret === '') continue;
    scrubber.registerSecret(secret);
    scrubber.registerSecret(decoded(secret));
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
