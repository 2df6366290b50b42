import { readFile } from 'node:fs/promises';
import {
  type Authenticator,
  type ConnectionOptions,
  credsAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
} from 'nats';

/** Where the server is and who we are. At most one way to say who. */
export interface NatsConnectionOptions {
  /**
   * `nats://host:4222`, or `tls://` to accept no connection without TLS; several with commas between them. One may hold
   * `user:password@`, or `token@`, percent-encoded.
   */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  /** A file with JWT and seed, as `nsc` writes it. Read at each connect, so that a new one needs no restart. */
  readonly credsFile?: string;
  /** A file with the seed of an nkey (`SU…`). Read at each connect. */
  readonly nkeySeedFile?: string;
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string };
}

interface Address {
  readonly server: string;
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
}

/**
 * What the driver is given at each connect.
 *
 * @throws TypeError for options that are none. No message quotes them: a URL may hold a password.
 */
export function connectionSettings(options: NatsConnectionOptions): () => Promise<ConnectionOptions> {
  const addresses = options.url.split(',').map((text) => addressOf(text.trim()));
  const withUser = addresses.filter(({ user }) => user !== undefined);
  const ways = [options.user, options.credsFile, options.nkeySeedFile].filter((way) => way !== undefined);
  if (withUser.length + ways.length > 1)
    throw new TypeError('The NATS options say more than once who we are');
  const servers = addresses.map(({ server }) => server);
  const tls = options.tls !== undefined || addresses.some((address) => address.tls) ? tlsOf(options) : {};
  const named = options.user === undefined ? withUser[0] : options;
  return async () => ({ servers, ...tls, ...(await whoWeAre(options, named)) });
}

function addressOf(text: string): Address {
  const url = /^[a-z]+:\/\//.test(text) ? text : `nats://${text}`;
  if (!URL.canParse(url)) throw new TypeError('The URL of the NATS server cannot be read');
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== 'nats:' && protocol !== 'tls:')
    throw new TypeError('A NATS server is nats:// or tls://, nothing else');
  if (hostname === '') throw new TypeError('The URL of the NATS server names no host');
  return {
    server: `${hostname}:${port === '' ? '4222' : port}`,
    tls: protocol === 'tls:',
    ...(username === '' ? {} : { user: decoded(username) }),
    ...(password === '' ? {} : { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('User and password in the URL of the NATS server must be percent-encoded');
  }
}

function tlsOf({ tls = {} }: NatsConnectionOptions): { tls: TlsOptions } {
  const { caFile, certFile, keyFile } = tls;
  return {
    tls: {
      ...(caFile === undefined ? {} : { caFile }),
      ...(certFile === undefined ? {} : { certFile }),
      ...(keyFile === undefined ? {} : { keyFile }),
    },
  };
}

async function whoWeAre(
  options: NatsConnectionOptions,
  named: { readonly user?: string; readonly password?: string } | undefined,
): Promise<Partial<ConnectionOptions>> {
  const { credsFile, nkeySeedFile } = options;
  if (credsFile !== undefined) return by(credsAuthenticator(await readFile(credsFile)));
  if (nkeySeedFile !== undefined) {
    const seed = (await readFile(nkeySeedFile, 'utf8')).trim();
    return by(nkeyAuthenticator(new TextEncoder().encode(seed)));
  }
  if (named?.user === undefined) return {};
  return named.password === undefined ? { token: named.user } : { user: named.user, pass: named.password };
}

function by(authenticator: Authenticator): Partial<ConnectionOptions> {
  return { authenticator };
}
