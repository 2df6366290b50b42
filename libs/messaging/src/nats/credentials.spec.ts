import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nkeys as untyped } from 'nats';
import { describeWithNats } from '../testing';
import { answering } from '../testing/controllers';
import { natsRooms, type NatsRooms } from '../testing/nats/nats-rooms';
import { until } from '../testing/until';
import { startNatsServer, type TestNatsServer } from '../testing-nats';
import type { NatsBus, NatsBusOptions } from './bus';
import { connectionSettings } from './options';

interface KeyPair {
  getPublicKey(): string;
  getSeed(): Uint8Array;
  sign(bytes: Uint8Array): Uint8Array;
}

/** The driver passes them on without types. */
const nkeys = untyped as Record<'createOperator' | 'createAccount' | 'createUser', () => KeyPair>;

const secret = 'hunter2';
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describeWithNats('nats, who may connect', (binary) => {
  let server: TestNatsServer;
  let rooms: NatsRooms;
  let folder: string;
  const ends: (() => Promise<void>)[] = [];

  const begin = async (configuration: string): Promise<void> => {
    server = await startNatsServer({ binary, configuration });
    rooms = natsRooms(server);
    ends.push(server.stop.bind(server), rooms.end);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daymark-credentials-'));
  });

  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const worksWith = async (options: Partial<NatsBusOptions>): Promise<NatsBus> => {
    const bus = rooms.bus(options);
    await rooms.serve(bus, [answering()]);
    expect(await bus.messenger().ask('suite.echo', 1, { timeoutMs: 2_000 })).toBe(1);
    return bus;
  };
  const refusedWith = async (options: Partial<NatsBusOptions>, code: RegExp): Promise<NatsBus> => {
    const bus = rooms.bus(options);
    await until(() => code.test(bus.state().lastError ?? ''), 20_000);
    expect(bus.state().status).toBe('connecting');
    return bus;
  };

  it('connects with user and password, from the URL or beside it', async () => {
    await begin(`authorization { user: "ann", password: "p@ss:1/${secret}" }`);
    const password = `p@ss:1/${secret}`;
    const url = `nats://ann:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;
    await worksWith({ url });
    await worksWith({ user: 'ann', password });
    await refusedWith({}, /^AUTHORIZATION_VIOLATION$/);
  });

  it('connects with a token', async () => {
    await begin(`authorization { token: "${secret}" }`);
    await worksWith({ url: `nats://${secret}@127.0.0.1:${server.port}` });
  });

  it('goes on asking with a wrong password until it is right, and never tells it', async () => {
    await begin('authorization { user: "ann", password: "other" }');
    const told: string[] = [];
    const bus = rooms.bus({
      url: `nats://ann:${secret}@127.0.0.1:${server.port}`,
      onChange: (state) => told.push(JSON.stringify(state)),
    });
    const refusals = (): number => server.log().split('authentication error').length - 1;
    await until(() => refusals() >= 4, 10_000);
    expect(bus.state()).toMatchObject({ status: 'connecting', lastError: 'AUTHORIZATION_VIOLATION' });
    const asked = await bus.messenger().ask('x', 1, { timeoutMs: 100 }).catch(String);
    server.configure(`authorization { user: "ann", password: "${secret}" }`);
    server.signal('SIGHUP');
    await bus.connected();
    await bus.close();
    expect(told.length).toBeGreaterThan(0);
    expect(`${told.join()} ${JSON.stringify(bus.state())} ${String(asked)}`).not.toContain(secret);
  });

  it('connects with an nkey, read again at each connect', async () => {
    const user = nkeys.createUser();
    await begin(`authorization { users: [ { nkey: "${user.getPublicKey()}" } ] }`);
    const nkeySeedFile = write('seed', `${text(nkeys.createUser().getSeed())}\n`);
    const bus = await refusedWith({ nkeySeedFile }, /^AUTHORIZATION_VIOLATION$/);
    write('seed', `${text(user.getSeed())}\n`);
    await bus.connected();
    await refusedWith({ nkeySeedFile: join(folder, 'missing') }, /^ENOENT$/);
  });

  it('connects with a creds file', async () => {
    const operator = nkeys.createOperator();
    const account = nkeys.createAccount();
    const user = nkeys.createUser();
    const sign = (by: KeyPair, sub: string, nats: object): string => {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const claims = {
        jti: sub,
        iat: 1,
        iss: by.getPublicKey(),
        name: 'test',
        sub,
        nats: { version: 2, ...nats },
      };
      const head = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`;
      return `${head}.${Buffer.from(by.sign(Buffer.from(head))).toString('base64url')}`;
    };
    const limits = {
      subs: -1,
      data: -1,
      payload: -1,
      imports: -1,
      exports: -1,
      wildcards: true,
      conn: -1,
      leaf: -1,
    };
    const accountJwt = sign(operator, account.getPublicKey(), { type: 'account', limits });
    const operatorJwt = sign(operator, operator.getPublicKey(), { type: 'operator' });
    const userJwt = sign(account, user.getPublicKey(), { type: 'user', subs: -1, data: -1, payload: -1 });
    await begin(
      `operator: "${operatorJwt}"\nresolver: MEMORY\n` +
        `resolver_preload: { ${account.getPublicKey()}: "${accountJwt}" }`,
    );
    const creds = [
      '-----BEGIN NATS USER JWT-----',
      userJwt,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      text(user.getSeed()),
      '------END USER NKEY SEED------',
      '',
    ].join('\n');
    await worksWith({ credsFile: write('user.creds', creds) });
    await refusedWith({ credsFile: write('no.creds', 'nothing') }, /^BAD_CREDS$/);
  });

  it('speaks TLS with a server of a known authority only, and without TLS not at all', async () => {
    makeCertificate(folder);
    const file = (name: string): string => join(folder, name);
    await begin(`tls { cert_file: "${file('cert.pem')}", key_file: "${file('key.pem')}" }`);
    const url = `tls://localhost:${server.port}`;
    await worksWith({ url, tls: { caFile: file('cert.pem') } });
    await refusedWith({ url }, /^DEPTH_ZERO_SELF_SIGNED_CERT$/);
    await begin('');
    await refusedWith({ url: `tls://localhost:${server.port}` }, /^SERVER_OPT_NA$/);
  });

  it('lives with the permissions that each service needs, and names what goes beyond', async () => {
    const user = (name: string, publish: string[], subscribe: string[]): string =>
      `{ user: "${name}", password: "x", permissions: { ` +
      `publish: ${JSON.stringify(publish)}, subscribe: ${JSON.stringify(subscribe)} } }`;
    const users = [
      user('gateway', ['daymark.suite.echo', 'daymark.suite.nobody'], ['_INBOX.gateway.>']),
      user('echo', ['_INBOX.*.>'], ['_INBOX.echo.>', 'daymark.suite.>', 'daymark.nudge.suite.>']),
      user('deaf', ['_INBOX.*.>'], ['_INBOX.deaf.>']),
    ];
    await begin(`authorization { users: [ ${users.join(', ')} ] }`);
    const as = (name: string): NatsBus => rooms.bus({ service: name, user: name, password: 'x' });
    const gateway = as('gateway');
    await rooms.serve(as('echo'), [answering()]);
    await gateway.connected();
    const ask = (subject: string): Promise<unknown> =>
      gateway.messenger().ask(subject, 1, { timeoutMs: 5_000 });
    expect(await ask('suite.echo')).toBe(1);
    await expect(ask('suite.nobody')).rejects.toMatchObject({ code: 'NO_RESPONDER' });
    await expect(ask('suite.kind')).rejects.toMatchObject({
      code: 'REJECTED',
      problem: { code: 'FORBIDDEN', retryable: false },
    });
    expect(await ask('suite.echo')).toBe(1);
    const deaf = as('deaf');
    await expect(rooms.serve(deaf, [answering()])).rejects.toThrow(
      /does not let us listen to .*daymark\.suite\.echo/,
    );
    expect(deaf.state()).toMatchObject({ status: 'connected', lastError: 'PERMISSIONS_VIOLATION' });
    expect(deaf.state().refused).toContain('daymark.suite.echo');
  });
});

describe('what the NATS options say', () => {
  const settingsOf = (url: string, more = {}): Promise<unknown> => connectionSettings({ url, ...more })();

  it('reads one server or several, with or without a scheme', async () => {
    expect(await settingsOf('nats://one')).toEqual({ servers: ['one:4222'] });
    expect(await settingsOf('one, nats://two:5000,[::1]:6000')).toEqual({
      servers: ['one:4222', 'two:5000', '[::1]:6000'],
    });
    expect(await settingsOf('tls://one')).toEqual({ servers: ['one:4222'], tls: {} });
    expect(await settingsOf('nats://a:b%40c@one,two')).toMatchObject({ user: 'a', pass: 'b@c' });
    expect(await settingsOf('nats://t@one')).toMatchObject({ token: 't' });
  });

  it.each([
    ['', {}],
    [`http://a:${secret}@one`, {}],
    [`nats://a:${secret}@`, {}],
    [`nats://a:${secret}@one:port`, {}],
    [`nats://a:%ff${secret}@one`, {}],
    [`nats://a:${secret}@one,nats://b:${secret}@two`, {}],
    [`nats://a:${secret}@one`, { user: 'b' }],
    ['nats://one', { user: 'b', credsFile: '/x' }],
    ['nats://one', { nkeySeedFile: '/x', credsFile: '/x' }],
  ])('refuses %j with %j, and quotes nothing of it', (url, more) => {
    let thrown: unknown;
    try {
      connectionSettings({ url, ...more });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TypeError);
    expect(JSON.stringify([String(thrown), thrown])).not.toContain(secret);
  });
});

function makeCertificate(folder: string): void {
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost ' +
    '-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem';
  execFileSync('openssl', words.split(' '), { cwd: folder, stdio: 'ignore' });
}
