import { createTestDatabase } from '@daymark/platform/testing';
import { Client } from 'pg';
import type { SessionOptions, SnapshotSession } from '../port';
import { createPostgresConnector } from './connector';
import type { PostgresConnectorSettings } from './settings';

/** A client for a spec's own statements. */
export const connectTo = async (url: string): Promise<Client> => {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** A test database's URL as a connector's settings take it: the password apart. */
export const settingsFor = (url: string): Pick<PostgresConnectorSettings, 'url' | 'password'> => {
  const bare = new URL(url);
  const password = decodeURIComponent(bare.password);
  bare.password = '';
  return { url: bare.href, password: () => Promise.resolve(password) };
};

/** A database with a client on it, and roles that go with it. */
export interface Bench {
  readonly url: string;
  readonly client: Client;
  /** Runs statements. */
  sql(text: string): Promise<Record<string, string | null>[]>;
  settings(overrides: Partial<PostgresConnectorSettings>): PostgresConnectorSettings;
  /** Closes the sessions opened so far: they hold locks on what they read. */
  closeSessions(): Promise<void>;
  /** Opens a session that is closed at the end. */
  open(
    overrides: Partial<PostgresConnectorSettings>,
    options?: Partial<SessionOptions>,
  ): Promise<SnapshotSession>;
  /** Makes a role with a password, `secret`, and answers the settings with which it connects. */
  role(
    name: string,
  ): Promise<{ readonly name: string } & Pick<PostgresConnectorSettings, 'url' | 'password'>>;
  dispose(): Promise<void>;
}

export const openBench = async (): Promise<Bench> => {
  const database = await createTestDatabase();
  const client = await connectTo(database.url);
  const sessions: SnapshotSession[] = [];
  const roles: string[] = [];
  const settings: Bench['settings'] = (overrides) => ({
    ...settingsFor(database.url),
    table: 'public.t',
    key: ['key'],
    day: { column: 'day' },
    timeZone: 'Europe/Rome',
    ...overrides,
  });
  const closeSessions = async (): Promise<void> => {
    await Promise.all(sessions.splice(0).map((session) => session.close()));
  };
  return {
    url: database.url,
    client,
    closeSessions,
    sql: async (text) => (await client.query<Record<string, string | null>>(text)).rows,
    settings,
    open: async (overrides, options = {}) => {
      const connector = createPostgresConnector(settings(overrides));
      const session = await connector.open({ hashes: ['hashtextextended', 'md5'], ...options });
      sessions.push(session);
      return session;
    },
    role: async (suffix) => {
      const name = `${new URL(database.url).pathname.slice(1)}_${suffix}`;
      await client.query(`CREATE ROLE ${name} LOGIN PASSWORD 'secret'`);
      roles.push(name);
      const url = new URL(database.url);
      url.username = name;
      url.password = '';
      return { name, url: url.href, password: () => Promise.resolve('secret') };
    },
    dispose: async () => {
      await closeSessions();
      for (const role of roles) {
        await client.query(`DROP OWNED BY ${role}`);
        await client.query(`DROP ROLE ${role}`);
      }
      await client.end();
      await database.drop();
    },
  };
};
