import type { Type } from '@nestjs/common';
import { connect, type NatsConnection } from 'nats';
import type { HandlerFault } from '../../handlers';
import {
  createNatsBus,
  type NatsBus,
  type NatsBusOptions,
  NatsServer,
  type NatsServerOptions,
} from '../../nats';
import { listenWith } from '../subject';
import type { TestNatsServer } from './nats-server';

/** Buses, services and strangers on one server, all gone after `end`. */
export interface NatsRooms {
  /** What services reported. */
  readonly faults: HandlerFault[];
  bus(options?: Partial<NatsBusOptions>): NatsBus;
  serve(
    bus: NatsBus,
    controllers: Type[],
    options?: Partial<NatsServerOptions>,
  ): Promise<{ stop(): Promise<void> }>;
  /** A client that knows nothing of us. */
  stranger(): Promise<NatsConnection>;
  end(): Promise<void>;
}

export function natsRooms(server: TestNatsServer): NatsRooms {
  const faults: HandlerFault[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  return {
    faults,
    bus: (options = {}) => {
      const bus = createNatsBus({ url: server.url, service: 'room', closeMs: 1_000, ...options });
      ends.push(() => bus.close());
      return bus;
    },
    serve: async (bus, controllers, options = {}) => {
      const onFault = (fault: HandlerFault): unknown => faults.push(fault);
      const strategy = new NatsServer(bus, { queue: 'room', drainMs: 1_000, onFault, ...options });
      const microservice = await listenWith(strategy, controllers, onFault);
      const stop = (): Promise<void> => microservice.close();
      ends.push(stop);
      return { stop };
    },
    stranger: async () => {
      const connection = await connect({ servers: server.url });
      ends.push(() => connection.close());
      return connection;
    },
    end: async () => {
      // Services before their buses: the last begun ends first.
      for (const end of ends.splice(0).toReversed()) await end();
    },
  };
}
