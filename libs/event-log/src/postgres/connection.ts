import { Pool, type ClientConfig, type PoolConfig } from 'pg';

/** A connection string, or the driver's own settings. */
export type PostgresConnection = string | PoolConfig;

/**
 * How one session is set up. Commits are synchronous whatever the server's default says: an acknowledged event must
 * survive the server's death.
 */
export function clientConfig(
  connection: PostgresConnection,
  applicationName = 'daymark-event-log',
): ClientConfig {
  const given = typeof connection === 'string' ? { connectionString: connection } : connection;
  return {
    application_name: applicationName,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    options: '-c default_transaction_isolation=read\\ committed -c synchronous_commit=on',
    ...given,
  };
}

export interface SessionLimits {
  readonly applicationName: string;
  readonly connections: number;
  /** After this the server gives a statement up; a silent server is given up two seconds later. */
  readonly timeoutMilliseconds: number;
}

/** Values come as text: the log decodes them itself, whatever parsers others register with the driver. */
const asText = { getTypeParser: () => (value: string) => value };

export function createPool(
  connection: PostgresConnection,
  limits: SessionLimits,
  report: (cause: Error) => void,
): Pool {
  const pool = new Pool({
    ...clientConfig(connection, limits.applicationName),
    max: limits.connections,
    statement_timeout: limits.timeoutMilliseconds,
    query_timeout: limits.timeoutMilliseconds + 2_000,
    types: asText,
  });
  pool.on('error', report);
  return pool;
}
