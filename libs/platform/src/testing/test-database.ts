import { randomBytes } from 'node:crypto';

import { Client } from 'pg';

/** A database of its own, empty, in the server of the test run. */
export interface TestDatabase {
  /** For the superuser of the test server. */
  readonly url: string;
  /** Ends every session of the database and removes it. May be called twice. */
  readonly drop: () => Promise<void>;
}

const variable = 'DAYMARK_TEST_POSTGRES_URL';

/**
 * Makes a database with a name that no other test uses, in the server that `DAYMARK_TEST_POSTGRES_URL` names (jest's
 * global set-up starts one and sets it). Safe in parallel. Throws when there is no server.
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = process.env[variable];
  if (server === undefined || server === '') {
    throw new Error(`${variable} is not set: run the tests by jest with the project's preset.`);
  }
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await run(server, `CREATE DATABASE ${name} TEMPLATE template0`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
