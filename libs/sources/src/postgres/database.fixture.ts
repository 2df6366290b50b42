import { Client } from 'pg';
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
