/** How a service starts when its neighbours are not there, are not its own, or do not let it in. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { findNatsServer, startNatsServer, type TestNatsServer } from '@daymark/messaging/testing-nats';
import { createTestDatabase, type TestDatabase } from '@daymark/platform/testing';
import { layCable, type Cable } from './cable';
import { until } from './daymark-client';
import { createOrders } from './orders-source';
import { ServiceProcess } from './service-process';
import { RunningDaymark, SERVICES } from './ways';

jest.setTimeout(120_000);

const found = findNatsServer();
const natsProgram = 'binary' in found ? found.binary : '';
const withNats = 'binary' in found ? describe : describe.skip;
const because = 'binary' in found ? '' : ` (${found.missing})`;

describe('a service that is configured wrong', () => {
  it.each(SERVICES)('%s ends with 78 and names all that is missing at once', async (name) => {
    const service = new ServiceProcess(name, { PORT: 'none', DAYMARK_NONSENSE: '1' });
    expect(await service.exited()).toBe(78);
    const said = service.lines.join('\n');
    for (const named of ['DATABASE_URL is missing', 'NATS_URL is missing', 'PORT', 'DAYMARK_NONSENSE'])
      expect(said).toContain(named);
    expect(said.includes('DAYMARK_ADMIN_PASSWORD or DAYMARK_JWT_ISSUER is missing')).toBe(
      name === 'admin-gateway',
    );
  });
});

withNats(`a service whose neighbours are not there${because}`, () => {
  let database: TestDatabase;
  let cable: Cable;
  let nats: TestNatsServer;
  let url: URL;
  const services: ServiceProcess[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    url = new URL(database.url);
    cable = await layCable({ host: url.hostname, port: Number(url.port) });
    url.hostname = '127.0.0.1';
    url.port = String(cable.port);
    nats = await startNatsServer({ binary: natsProgram, started: false });
  });

  afterEach(async () => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
  });

  afterAll(async () => {
    await nats.stop();
    await cable.close();
    await database.drop();
  });

  function begin(name: string, environment: Record<string, string> = {}): ServiceProcess {
    const password = name === 'admin-gateway' ? { DAYMARK_ADMIN_PASSWORD: 'correct horse' } : {};
    const service = new ServiceProcess(name, {
      DATABASE_URL: url.toString(),
      NATS_URL: nats.url,
      ...password,
      ...environment,
    });
    services.push(service);
    return service;
  }

  async function untilLive(service: ServiceProcess): Promise<void> {
    await until(`${service.name} is live`, async () => (await service.health('/health/live')).status === 200);
  }

  it('lives, is not ready, and stops well while it waits for its database', async () => {
    cable.cut();
    const waiting = begin('sync-execution');
    await untilLive(waiting);
    const { status, text } = await waiting.health('/health/ready');
    expect([status, text]).toEqual([503, expect.stringContaining('"path":"started"')]);
    await until('it says what it waits for', () =>
      waiting.lines.some((line) => line.includes('The database does not answer yet')),
    );
    expect(await waiting.stop()).toBe(0);
    cable.mend();
  });

  it('all of them wait for both, and work once both have come, in whatever order', async () => {
    cable.cut();
    const waiting = SERVICES.map((name) => begin(name));
    for (const service of waiting) await untilLive(service);
    cable.mend();
    await until('all but NATS is there', async () => {
      const said = await Promise.all(waiting.map((service) => service.health('/health/ready')));
      return said.every(
        ({ text }) => text.includes('"path":"messaging"') && !text.includes('"path":"database"'),
      );
    });
    expect((await waiting[0]!.health('/health/live')).status).toBe(200);
    expect(await waiting[0]!.stop()).toBe(0);
    waiting[0]!.again();
    await nats.start();
    for (const service of waiting) await service.untilReady();
    const waits = waiting.flatMap(({ lines }) => lines.filter((line) => line.includes('"level":"warn"')));
    expect(waits.length).toBeLessThan(25);
  });

  it('is told by name that NATS does not let it in, and says so to readiness, without the password', async () => {
    const guarded = await startNatsServer({
      binary: natsProgram,
      configuration: 'authorization { user: "daymark", password: "not the canary" }',
    });
    const refused = begin('source-polling', {
      NATS_URL: guarded.url.replace('nats://', 'nats://daymark:the-canary@'),
    });
    await until('it says why', () => refused.lines.some((line) => line.includes('AUTHORIZATION_VIOLATION')));
    const { status, text } = await refused.health('/health/ready');
    expect([status, text]).toEqual([503, expect.stringContaining('messaging')]);
    expect((await refused.health('/health/live')).status).toBe(200);
    expect(refused.lines.join('\n')).not.toContain('the-canary');
    expect(refused.lines.join('\n')).not.toContain(decodeURIComponent(url.password));
    expect(await refused.stop()).toBe(0);
    await guarded.stop();
  });

  it('ends with 78 where the database answers and is none of ours', async () => {
    const nowhere = new URL(url);
    nowhere.pathname = '/no_such_database';
    const refused = begin('scheduling', { DATABASE_URL: nowhere.toString() });
    expect(await refused.exited()).toBe(78);
    expect(refused.lines.join('\n')).toContain('does not let us in (3D000)');
  });

  it('standalone is asked over NATS when there is a URL', async () => {
    const orders = await createOrders({ rows: 500, days: 3 });
    const way = { name: 'standalone over NATS', replicas: 1, processes: ['standalone'], nats: natsProgram };
    const daymark = await RunningDaymark.start(way, orders.environment);
    expect((await daymark.ask('POST', '/sources', orders.settings)).status).toBe(201);
    expect(await daymark.run('orders')).toMatchObject({ status: 'succeeded', counts: { inserted: 500 } });
    await daymark.nats?.kill();
    await until(
      'it is not ready',
      async () => (await daymark.process('standalone').health('/health/ready')).status === 503,
    );
    await daymark.remove();
    await orders.dispose();
  });
});
