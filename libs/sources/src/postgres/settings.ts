import type { ClientConfig } from 'pg';
import { SourceFault } from '../port';

export interface PostgresConnectorSettings {
  /**
   * `postgresql://role@host:port/database`, without a password. Of the query only `sslmode` (`disable`, `require`,
   * `verify-full`, `no-verify`) and `host` (a socket's directory) are understood; certificates are always verified but
   * with `no-verify`.
   */
  readonly url: string;
  /** Asked at each connect and never kept. */
  readonly password?: () => Promise<string>;
  /** `schema.table`, each name exactly as the catalog holds it; `"schema"."table"` where a name itself holds a dot. */
  readonly table: string;
  /** The key's columns, in the order of the key. */
  readonly key: readonly string[];
  /** `timeZone` only for a `timestamp` without time zone: the zone in which it is written. */
  readonly day: { readonly column: string; readonly timeZone?: string };
  /** The source's IANA zone: an instant's day is its date there. */
  readonly timeZone: string;
  /** Until the connection stands, 10 s unless told. */
  readonly connectTimeoutMs?: number;
  /** As `pg_stat_activity` shows it, `daymark` unless told. */
  readonly applicationName?: string;
}

const SSL_MODES: ReadonlyMap<string, boolean | object> = new Map<string, boolean | object>([
  ['disable', false],
  ['require', true],
  ['verify-full', true],
  ['no-verify', { rejectUnauthorized: false }],
]);

const refuseUrl = (reason: string): never => {
  throw new SourceFault('SOURCE_FAILED', `The source's URL cannot be used: ${reason}.`, {
    path: 'connector.url',
  });
};

/** The error of `new URL` holds the whole address, so it is not kept as a cause. */
const parseUrl = (text: string): URL => {
  if (!/^postgres(ql)?:\/\//.test(text) || !URL.canParse(text)) {
    return refuseUrl('it must read postgresql://role@host:port/database');
  }
  const url = new URL(text);
  if (url.password !== '') {
    return refuseUrl('it holds a password, which belongs into the password reference');
  }
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'sslmode' && name !== 'host');
  return unknown === undefined ? url : refuseUrl('its query may hold sslmode and host only');
};

const decode = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuseUrl(`its ${what} is not well encoded`);
  }
};

const required = (text: string, what: string): string =>
  text === '' ? refuseUrl(`it names no ${what}`) : text;

const sslOf = (mode: string | null): boolean | object =>
  SSL_MODES.get(mode ?? 'disable') ?? refuseUrl(`sslmode is one of ${[...SSL_MODES.keys()].join(', ')}`);

/** The URL's host in brackets is an IPv6 address; Node takes it without them. */
const hostOf = (url: URL): string => {
  const socketDirectory = url.searchParams.get('host');
  return socketDirectory ?? required(decode(url.hostname, 'host').replace(/^\[(.*)\]$/, '$1'), 'host');
};

const resolvePassword = async (password: (() => Promise<string>) | undefined): Promise<string> => {
  if (password === undefined) {
    return '';
  }
  try {
    return await password();
  } catch (cause) {
    throw new SourceFault(
      'SOURCE_AUTHENTICATION_FAILED',
      "The reference to the source's password was not resolved.",
      {
        path: 'connector.password',
        cause,
      },
    );
  }
};

/**
 * What `pg` is given: nothing is left for it to look up in the process's environment or in a password file. Values come
 * as the text that the server printed.
 *
 * @throws SourceFault for a URL that cannot be used and a password that is not resolved
 */
export const clientConfig = async (settings: PostgresConnectorSettings): Promise<ClientConfig> => {
  const url = parseUrl(settings.url);
  const ssl = sslOf(url.searchParams.get('sslmode'));
  const user = required(decode(url.username, 'role'), 'role');
  const password = await resolvePassword(settings.password);
  return {
    host: hostOf(url),
    port: Number(url.port || 5432),
    user,
    database: required(decode(url.pathname.slice(1), 'database'), 'database'),
    password: () => password,
    ssl,
    application_name: settings.applicationName ?? 'daymark',
    connectionTimeoutMillis: settings.connectTimeoutMs ?? 10_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser: () => (text: string) => text },
  };
};
