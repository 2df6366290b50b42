import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { Client } from 'pg';
import {
  EventLogFault,
  type Appended,
  type EventLog,
  type Expectation,
  type NewEvent,
  type StreamId,
} from '../src/port';

/** A session of an operator's, beside the log's own. */
export async function operatorOf(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'operator' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Ends every session of that name; answers how many there were. */
export async function terminate(operator: Client, applicationName: string): Promise<number> {
  const { rowCount } = await operator.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
    [applicationName],
  );
  return rowCount ?? 0;
}

/** Asks until the answer is yes; each question is a round trip to the server, and there are not endlessly many. */
export async function eventually(question: () => Promise<boolean>): Promise<void> {
  for (let asked = 0; asked < 20_000; asked += 1) {
    if (await question()) {
      return;
    }
  }
  throw new Error('what was awaited did not happen');
}

/** What every service does: the same ids and the same expectation, until there is an answer. */
export async function appendUntilAnswered(
  log: EventLog,
  stream: StreamId,
  batch: { readonly events: readonly NewEvent[]; readonly expect: Expectation },
): Promise<Appended> {
  for (let tried = 0; tried < 10_000; tried += 1) {
    try {
      return await log.append(stream, batch.events, batch.expect);
    } catch (fault) {
      if (!(fault instanceof EventLogFault && fault.retryable)) {
        throw fault;
      }
    }
  }
  throw new Error('an append was never answered');
}

export interface Wire {
  readonly url: string;
  /** From now on what the server says on the connections that are open is lost; new connections are refused. */
  readonly mute: () => void;
  readonly unmute: () => void;
  readonly close: () => Promise<void>;
}

/** A wire to the server that can swallow its replies. */
export async function wireTo(url: string): Promise<Wire> {
  const target = new URL(url);
  const { hostname, port } = target;
  const sockets = new Set<Socket>();
  let muted = false;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    }
    near.on('data', (bytes) => far.write(bytes)).on('close', () => far.end());
    far.on('data', (bytes) => muted || near.write(bytes)).on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.port = String((server.address() as AddressInfo).port);
  target.hostname = '127.0.0.1';
  return {
    url: target.href,
    mute: () => (muted = true),
    unmute: () => (muted = false),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.forEach((socket) => socket.destroy());
      await closed;
    },
  };
}
