import { isIP } from 'node:net';
import { resolve } from 'node:path';

import { namespacePattern } from './namespace';
import { type Secret, secret } from './secret';

/** What a text was read as, or why it cannot be. A problem never repeats the text of a secret. */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

/** Who reads a variable: every process, some of the services (standalone is all of them), or standalone alone. */
export type ReadBy = 'every process' | 'standalone only' | readonly ServiceName[];
type ServiceName = 'source-polling' | 'sync-execution' | 'scheduling' | 'admin-gateway';

const withSources: ReadBy = ['source-polling', 'sync-execution'];
const gatewayOnly: ReadBy = ['admin-gateway'];

/** One variable of the environment. */
export interface Field<T> {
  readonly variable: string;
  /** What may be given, in words. */
  readonly accepts: string;
  readonly description: string;
  readonly secret: boolean;
  readonly readBy: ReadBy;
  /** Those of which it is needed, in words; absent: none. */
  readonly neededBy?: string;
  /** In words, for the reference page. */
  readonly fallback: string;
  /** What an absent (or empty) variable means. */
  readonly absent: () => T;
  readonly read: (text: string) => Reading<T>;
}

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

const highestPort = 65_535;
// A shorter one could not be told apart in a log line, so it could not be kept out of it.
const shortestPassword = 4;
const undefinedValue = () => undefined;

const port: Field<number> = {
  variable: 'PORT',
  accepts: `a whole number from 0 (any free port) to ${highestPort}`,
  description: 'The port: health and metrics of every process, and REST of the admin gateway.',
  secret: false,
  readBy: 'every process',
  fallback: '`3000`',
  absent: () => 3000,
  read: (text) => {
    const value = Number(text);
    return /^\d+$/.test(text) && value <= highestPort ? { value } : { problem: `"${text}" is no port` };
  },
};

const host: Field<string> = {
  variable: 'HOST',
  accepts: 'an address or a host name of this machine',
  description: 'Where the port is opened. `0.0.0.0` lets other machines in, as a container needs.',
  secret: false,
  readBy: 'every process',
  fallback: '`127.0.0.1`',
  absent: () => '127.0.0.1',
  read: (text) => (/^[\w.:-]+$/.test(text) ? { value: text } : { problem: `"${text}" is no host` }),
};

const home: Field<string> = {
  variable: 'DAYMARK_HOME',
  accepts: 'a folder, created when absent; relative to the working directory',
  description:
    'Where standalone keeps its own files: the embedded PostgreSQL, the generated password of the administrator. ' +
    'One running standalone has it at a time. Services write nothing there; two look in it for secrets of sources.',
  secret: false,
  readBy: withSources,
  fallback: '`.daymark`',
  absent: () => resolve('.daymark'),
  read: (text) => ({ value: resolve(text) }),
};

const databaseUrl: Field<Secret | undefined> = {
  variable: 'DATABASE_URL',
  accepts: '`postgresql://user:password@host:port/database`, PostgreSQL 14 or newer',
  description:
    'The database for log, views, operational tables and the copy. With it no embedded server starts.',
  secret: true,
  readBy: 'every process',
  neededBy: 'each of the four services',
  fallback: 'the embedded server',
  absent: undefinedValue,
  read: (text) =>
    /^postgres(ql)?:$/.test(protocolOf(text))
      ? { value: secret(text) }
      : { problem: 'is no postgresql:// address' },
};

const natsUrl: Field<Secret | undefined> = {
  variable: 'NATS_URL',
  accepts:
    '`nats://host:4222` or `tls://host:4222` (nothing without TLS), several with commas between them; one may hold ' +
    '`user:password@` or `token@`, percent-encoded',
  description:
    'The NATS server over which services ask each other. Its servers are those named here: what a cluster tells of ' +
    'itself is not used. Standalone without it asks within its own process; with it its services are asked over NATS.',
  secret: true,
  readBy: 'every process',
  neededBy: 'each of the four services',
  fallback: 'none: messages stay within the process',
  absent: undefinedValue,
  read: (text) =>
    text.split(',').every((server) => isNatsServer(server.trim()))
      ? { value: secret(text) }
      : { problem: 'is no list of nats:// or tls:// addresses' },
};

const namespace: Field<string> = {
  variable: 'DAYMARK_NAMESPACE',
  accepts: `a name that matches \`${namespacePattern.source}\``,
  description: 'Prefixes schemas, streams and subjects, so that two installations can share their servers.',
  secret: false,
  readBy: 'every process',
  fallback: '`daymark`',
  absent: () => 'daymark',
  read: (text) =>
    namespacePattern.test(text)
      ? { value: text }
      : { problem: `"${text}" does not match ${namespacePattern.source}` },
};

const demo: Field<boolean | undefined> = {
  variable: 'DAYMARK_DEMO',
  accepts: '`on` or `off`',
  description: 'Whether a bundled live source is set up and registered.',
  secret: false,
  readBy: 'standalone only',
  fallback: '`on` with the embedded server, `off` with `DATABASE_URL`',
  absent: undefinedValue,
  read: onOrOff,
};

const adminPassword: Field<Secret | undefined> = {
  variable: 'DAYMARK_ADMIN_PASSWORD',
  accepts: `at least ${shortestPassword} characters`,
  description: 'The password of the account `administrator`, taken at its first start.',
  secret: true,
  readBy: gatewayOnly,
  neededBy: 'admin-gateway, unless `DAYMARK_JWT_ISSUER` is given',
  fallback: 'generated, and kept in `administrator.password` in the home folder',
  absent: undefinedValue,
  read: (text) =>
    text.length >= shortestPassword
      ? { value: secret(text) }
      : { problem: `is shorter than ${shortestPassword} characters` },
};

const secretNames: Field<readonly string[]> = {
  variable: 'DAYMARK_SECRET_NAMES',
  accepts: 'names of variables, separated by commas',
  description:
    'The variables that a source may refer to as `env:NAME`. No other variable can be read that way.',
  secret: false,
  readBy: withSources,
  fallback: 'none',
  absent: () => Object.freeze([]),
  read: (text) => {
    const names = text.split(',').map((name) => name.trim());
    const wrong = names.find((name) => !/^[A-Za-z_]\w*$/.test(name));
    return wrong === undefined
      ? { value: Object.freeze(names) }
      : { problem: `"${wrong}" is no variable's name` };
  },
};

const secretsDirectory: Field<string | undefined> = {
  variable: 'DAYMARK_SECRETS_DIR',
  accepts: 'a folder; relative to the working directory',
  description:
    'The folder whose files a source may refer to as `file:path`. No file outside can be read that way.',
  secret: false,
  readBy: withSources,
  fallback: '`secrets` in the home folder',
  absent: undefinedValue,
  read: (text) => ({ value: resolve(text) }),
};

const jwtIssuer: Field<string | undefined> = {
  variable: 'DAYMARK_JWT_ISSUER',
  accepts: 'the text that its tokens carry as `iss`',
  description:
    'An issuer of tokens elsewhere. With it only its tokens are taken, and local accounts are off. ' +
    'Audience and JWKS address must then be given too.',
  secret: false,
  readBy: gatewayOnly,
  fallback: 'none: local accounts',
  absent: undefinedValue,
  read: (text) => ({ value: text }),
};

const jwtAudience: Field<string | undefined> = {
  variable: 'DAYMARK_JWT_AUDIENCE',
  accepts: 'the text that tokens for Daymark carry in `aud`',
  description: 'Tokens of the issuer for anybody else are refused.',
  secret: false,
  readBy: gatewayOnly,
  fallback: 'none',
  absent: undefinedValue,
  read: (text) => ({ value: text }),
};

const jwtJwksUrl: Field<string | undefined> = {
  variable: 'DAYMARK_JWT_JWKS_URL',
  accepts: 'an `https://` address, or `http://` on loopback',
  description:
    'Where the issuer publishes its keys. They are fetched when a token comes, kept for ten minutes, and for an ' +
    'hour while the issuer is out of reach.',
  secret: false,
  readBy: gatewayOnly,
  fallback: 'none',
  absent: undefinedValue,
  read: (text) =>
    isSafeAddress(text)
      ? { value: text }
      : { problem: `"${text}" is neither https:// nor http:// on loopback` },
};

const jwtRolesClaim: Field<string> = {
  variable: 'DAYMARK_JWT_ROLES_CLAIM',
  accepts: 'names with dots between them, such as `realm_access.roles`',
  description:
    'Where in a token the list of roles stands. `administrator` and `viewer` are the ones that count.',
  secret: false,
  readBy: gatewayOnly,
  fallback: '`roles`',
  absent: () => 'roles',
  read: (text) =>
    /^[^.\s]+(\.[^.\s]+)*$/.test(text) ? { value: text } : { problem: `"${text}" is no path of names` },
};

const corsOrigins: Field<readonly string[]> = {
  variable: 'DAYMARK_CORS_ORIGINS',
  accepts: 'origins such as `https://tools.example.org`, separated by commas',
  description:
    'Pages of these origins may call the API from a browser, with a token. The cookie stays at home.',
  secret: false,
  readBy: gatewayOnly,
  fallback: 'none',
  absent: () => Object.freeze([]),
  read: (text) => {
    const origins = text.split(',').map((origin) => origin.trim());
    const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
    return wrong === undefined ? { value: Object.freeze(origins) } : { problem: `"${wrong}" is no origin` };
  },
};

const trustedProxies: Field<readonly string[]> = {
  variable: 'DAYMARK_TRUSTED_PROXIES',
  accepts: 'addresses or networks such as `10.0.0.0/8`, or `loopback`, separated by commas',
  description:
    "Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: the client's address in the audit and in " +
    'rate limits, and whether the cookie may travel by https only.',
  secret: false,
  readBy: gatewayOnly,
  fallback: 'none',
  absent: () => Object.freeze([]),
  read: (text) => {
    const proxies = text.split(',').map((proxy) => proxy.trim());
    const wrong = proxies.find((proxy) => !isNetwork(proxy));
    return wrong === undefined
      ? { value: Object.freeze(proxies) }
      : { problem: `"${wrong}" is neither an address nor a network` };
  },
};

const docs: Field<boolean> = {
  variable: 'DAYMARK_DOCS',
  accepts: '`on` or `off`',
  description:
    'Whether `/api/docs` and `/api/openapi.json` are served. They need no session and tell no secret.',
  secret: false,
  readBy: gatewayOnly,
  fallback: '`on`',
  absent: () => true,
  read: onOrOff,
};

const metrics: Field<'loopback' | 'open'> = {
  variable: 'DAYMARK_METRICS',
  accepts: '`loopback` or `open`',
  description:
    'Who may read `/metrics` without a session: a peer on this machine that did not come through a proxy, or everybody ' +
    'who reaches the port. An administrator’s session always may.',
  secret: false,
  readBy: 'every process',
  fallback: '`loopback`',
  absent: () => 'loopback',
  read: (text) =>
    text === 'loopback' || text === 'open'
      ? { value: text }
      : { problem: `"${text}" is neither loopback nor open` },
};

const logLevel: Field<LogLevel> = {
  variable: 'LOG_LEVEL',
  accepts: logLevels.map((level) => `\`${level}\``).join(', '),
  description: 'How much is logged.',
  secret: false,
  readBy: 'every process',
  fallback: '`info`',
  absent: () => 'info',
  read: (text) => {
    const value = logLevels.find((level) => level === text);
    return value === undefined ? { problem: `"${text}" is no level` } : { value };
  },
};

/** Every variable that Daymark reads, in the order of the reference page. */
export const fields = {
  port,
  host,
  home,
  databaseUrl,
  natsUrl,
  namespace,
  demo,
  adminPassword,
  secretNames,
  secretsDirectory,
  jwtIssuer,
  jwtAudience,
  jwtJwksUrl,
  jwtRolesClaim,
  corsOrigins,
  trustedProxies,
  docs,
  metrics,
  logLevel,
} as const;

function protocolOf(text: string): string {
  return URL.canParse(text) ? new URL(text).protocol : '';
}

function isNatsServer(text: string): boolean {
  return /^(nats|tls):$/.test(protocolOf(text)) && new URL(text).hostname !== '';
}

function onOrOff(text: string): Reading<boolean> {
  return text === 'on' || text === 'off'
    ? { value: text === 'on' }
    : { problem: `"${text}" is neither on nor off` };
}

function isSafeAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return (
    protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname))
  );
}

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
