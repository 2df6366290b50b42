import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase } from '@daymark/platform/testing';
import { DatabaseError } from 'pg';
import type { SourceFault } from '../port';
import { faultOf, readCopyRows, readFingerprints } from '../testing/reading';
import { connectTo, openBench, settingsFor } from './database.fixture';
import type { Bench } from './database.fixture';
import { toFault } from './faults';

const DAY = '2026-03-01';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
  await bench.sql(`CREATE TABLE t (key text, day date, n int);
    INSERT INTO t SELECT repeat('k', 500) || i, '${DAY}', i FROM generate_series(1, 40000) AS i`);
});
afterEach(() => bench.closeSessions());
afterAll(() => bench.dispose());

const withUrl = (change: (url: URL) => void): string => {
  const url = new URL(settingsFor(bench.url).url);
  change(url);
  return url.href;
};

/** Everything that a log might print of a fault. */
const printed = (fault: SourceFault): string =>
  `${fault.message} ${String(fault.cause)} ${JSON.stringify(fault)}`;

describe('a source that cannot be entered', () => {
  it('is unreachable, for now, where nobody listens or no such host is', async () => {
    for (const url of [
      withUrl((each) => (each.port = '1')),
      withUrl((each) => (each.hostname = 'nowhere.invalid')),
    ]) {
      expect(await faultOf(bench.open({ url }))).toMatchObject({
        code: 'SOURCE_UNREACHABLE',
        retryable: true,
      });
    }
  });

  it('is unreachable, for now, where the server does not answer', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const url = withUrl((each) => {
      each.hostname = '127.0.0.1';
      each.port = String(port);
    });
    const fault = await faultOf(bench.open({ url, connectTimeoutMs: 100 }));
    expect(fault).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: true });
    const controller = new AbortController();
    const opening = faultOf(bench.open({ url, connectTimeoutMs: 60_000 }, { signal: controller.signal }));
    await once(silent, 'connection');
    controller.abort();
    expect((await opening).code).toBe('SOURCE_SESSION_CLOSED');
    silent.close();
  });

  it('refuses a wrong password, none and an unknown role, and tells none of them', async () => {
    const reader = await bench.role('locked');
    const wrong = 'wr0ng-pa55word';
    const refusals = [
      { ...reader, password: () => Promise.resolve(wrong) },
      { url: reader.url, password: () => Promise.resolve('') },
      { url: withUrl((each) => (each.username = 'nobody_at_all')), password: () => Promise.resolve(wrong) },
    ];
    for (const settings of refusals) {
      const fault = await faultOf(bench.open(settings));
      expect(fault).toMatchObject({ code: 'SOURCE_AUTHENTICATION_FAILED', retryable: false });
      expect(printed(fault)).not.toContain(wrong);
    }
    const unresolved = bench.open({ password: () => Promise.reject(new Error('no such variable')) });
    expect(await faultOf(unresolved)).toMatchObject({
      code: 'SOURCE_AUTHENTICATION_FAILED',
      path: 'connector.password',
    });
  });

  it('asks for the password at each opening', async () => {
    const { url, password } = settingsFor(bench.url);
    let asked = 0;
    const counting = async (): Promise<string> => {
      asked += 1;
      return (await password?.()) ?? '';
    };
    await bench.open({ url, password: counting });
    await bench.open({ url, password: counting });
    expect(asked).toBe(2);
  });

  it('says which database or permission is missing', async () => {
    const reader = await bench.role('poor');
    const nowhere = withUrl((each) => (each.pathname = '/no_such_database'));
    expect(await faultOf(bench.open({ url: nowhere }))).toMatchObject({
      code: 'SOURCE_DATABASE_UNKNOWN',
      retryable: false,
      path: 'connector.url',
    });
    const denied = { code: 'SOURCE_PERMISSION_DENIED', retryable: false };
    expect(await faultOf(bench.open(reader))).toMatchObject(denied);
    await bench.sql(
      `CREATE SCHEMA closed; CREATE TABLE closed.t (LIKE t); GRANT SELECT ON closed.t TO ${reader.name}`,
    );
    expect(await faultOf(bench.open({ ...reader, table: 'closed.t' }))).toMatchObject(denied);
  });

  it.each([
    'mysql://reader@localhost/db',
    'postgresql://reader:s3cret@localhost/db',
    'postgresql://reader@localhost/db?password=s3cret',
    'postgresql://reader@localhost/db?options=-c%20search_path%3Ds3cret',
    'postgresql://reader@localhost/db?sslmode=s3cret',
    'postgresql://localhost/db',
    'postgresql://reader@localhost',
    'postgresql://reader@/db',
    'postgresql://reader@localhost:s3cret/db',
    'postgresql://read%E0er@localhost/db',
    's3cret',
  ])('refuses the URL %s without repeating it', async (url) => {
    const fault = await faultOf(bench.open({ url }));
    expect(fault).toMatchObject({ code: 'SOURCE_FAILED', path: 'connector.url', retryable: false });
    expect(printed(fault)).not.toContain('s3cret');
  });

  it('has an encoding', async () => {
    const [ascii, latin] = [await createTestDatabase(), await createTestDatabase()];
    for (const [database, encoding] of [
      [ascii, 'SQL_ASCII'],
      [latin, 'LATIN1'],
    ] as const) {
      const name = new URL(database.url).pathname.slice(1);
      await bench.sql(`DROP DATABASE ${name}`);
      await bench.sql(
        `CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER libc`,
      );
    }
    const refused = await faultOf(bench.open(settingsFor(ascii.url)));
    expect(refused).toMatchObject({ code: 'SOURCE_ENCODING_UNSUPPORTED', retryable: false });
    const client = await connectTo(latin.url);
    await client.query(`CREATE TABLE t (key text, day date); INSERT INTO t VALUES ('è', '${DAY}')`);
    await client.end();
    const session = await bench.open(settingsFor(latin.url));
    expect(session.description.version.hash).toBe('md5');
    expect(await readCopyRows(session.elements(DAY, ['è']))).toEqual([[DAY, 'è', 'è', DAY]]);
    const hashes = { hashes: ['hashtextextended'] as const };
    expect((await faultOf(bench.open(settingsFor(latin.url), hashes))).code).toBe('SOURCE_HASH_CHANGED');
    await bench.closeSessions();
    await Promise.all([ascii.drop(), latin.drop()]);
  });
});

describe('a source that fails in the middle', () => {
  const pidOf = async (applicationName: string): Promise<string> =>
    (
      await bench.sql(`SELECT pid::text FROM pg_stat_activity WHERE application_name = '${applicationName}'`)
    )[0]?.['pid'] ?? '';

  it('may come back after the server ended the connection: streams, questions and idle sessions fail so', async () => {
    const lost = { code: 'SOURCE_UNREACHABLE', retryable: true };
    const session = await bench.open({ applicationName: 'streaming' });
    const stream = session.elements(DAY);
    await once(stream, 'readable');
    await bench.sql(`SELECT pg_terminate_backend(${await pidOf('streaming')})`);
    expect(await faultOf(readCopyRows(stream))).toMatchObject(lost);
    expect(await faultOf(session.census())).toMatchObject(lost);

    const idle = await bench.open({ applicationName: 'idle' });
    await bench.sql(`SELECT pg_terminate_backend(${await pidOf('idle')})`);
    expect(await faultOf(idle.census())).toMatchObject(lost);
  });

  it.each(['resetAndDestroy', 'end'] as const)(
    'may come back after a network that cuts a stream by %s',
    async (cut) => {
      const sockets: Socket[] = [];
      const { hostname, port } = new URL(bench.url);
      const proxy = createServer((near) => {
        const far = connect(Number(port), hostname);
        sockets.push(near);
        near.on('error', () => far.destroy()).on('close', () => far.destroy());
        far.on('error', () => near.destroy());
        near.pipe(far).pipe(near, { end: false });
      });
      proxy.listen(0, '127.0.0.1');
      await once(proxy, 'listening');
      const url = withUrl((each) => (each.port = String((proxy.address() as AddressInfo).port)));
      const session = await bench.open({ url });
      const stream = session.elements(DAY);
      await once(stream, 'readable');
      sockets[0]?.unpipe();
      sockets[0]?.[cut]();
      const lost = { code: 'SOURCE_UNREACHABLE', retryable: true };
      expect(await faultOf(readCopyRows(stream))).toMatchObject(lost);
      expect(await faultOf(session.census())).toMatchObject(lost);
      proxy.close();
    },
  );

  it('may come back after a cancelled query', async () => {
    await bench.sql(`CREATE OR REPLACE VIEW slow AS SELECT key, day, pg_sleep(30)::text FROM t`);
    const session = await bench.open({ table: 'public.slow', applicationName: 'cancelled' });
    const census = faultOf(session.census());
    const busy = async (): Promise<boolean> =>
      (
        await bench.sql(
          `SELECT FROM pg_stat_activity WHERE application_name = 'cancelled' AND wait_event = 'PgSleep'`,
        )
      ).length > 0;
    for (let round = 0; round < 1_000 && !(await busy()); round += 1);
    await bench.sql(`SELECT pg_cancel_backend(${await pidOf('cancelled')})`);
    expect(await census).toMatchObject({ code: 'SOURCE_FAILED', retryable: true });
  });

  it('does not come back by itself from a value that cannot be computed', async () => {
    await bench.sql(`CREATE OR REPLACE VIEW broken AS SELECT key, day, 1 / (n - 20000) AS n FROM t`);
    const session = await bench.open({ table: 'public.broken' });
    expect(await faultOf(readFingerprints(session, DAY))).toMatchObject({
      code: 'SOURCE_FAILED',
      retryable: false,
    });
    expect((await faultOf(session.retention())).code).toBe('SOURCE_FAILED');
  });

  it('lets go at once of a query that nobody waits for any more', async () => {
    await bench.sql(
      `CREATE OR REPLACE VIEW endless AS SELECT key, day, count(*) OVER () FROM t, generate_series(1, 1000000)`,
    );
    const session = await bench.open({ table: 'public.endless', applicationName: 'endless' });
    const census = faultOf(session.census());
    await session.close();
    expect((await census).code).toBe('SOURCE_SESSION_CLOSED');
    let pid = await pidOf('endless');
    for (const end = performance.now() + 4_000; pid !== '' && performance.now() < end;) {
      pid = await pidOf('endless');
    }
    expect(pid).toBe('');
  });
});

describe('what the server says', () => {
  const said = (code: string): SourceFault => {
    const error = new DatabaseError('the server said', 15, 'error');
    error.code = code;
    return toFault(error);
  };

  it.each(['08006', '53300', '53100', '57P01', '57P02', '57P03'])(
    '%s makes it unreachable, for now',
    (code) => {
      expect(said(code)).toMatchObject({ code: 'SOURCE_UNREACHABLE', retryable: true });
    },
  );

  it.each(['40001', '40P01', '55P03', '57014', '25P03', '58030'])('%s passes by itself', (code) => {
    expect(said(code)).toMatchObject({ code: 'SOURCE_FAILED', retryable: true });
  });

  it.each([
    ['42P01', 'SOURCE_TABLE_UNKNOWN'],
    ['42703', 'SOURCE_COLUMN_UNKNOWN'],
    ['42501', 'SOURCE_PERMISSION_DENIED'],
    ['28000', 'SOURCE_AUTHENTICATION_FAILED'],
    ['XX001', 'SOURCE_FAILED'],
    ['22012', 'SOURCE_FAILED'],
  ])('%s is %s and stays', (state, code) => {
    expect(said(state)).toMatchObject({ code, retryable: false });
  });
});
