/** The ways to run Daymark: one script must be true of each. */
import { createTestDatabase } from '@daymark/platform/testing';
import { findNatsServer, startNatsServer, type TestNatsServer } from '@daymark/messaging/testing-nats';
import { layCable, type Cable } from './cable';
import { DaymarkClient } from './daymark-client';
import { ServiceProcess } from './service-process';

export const SERVICES = ['source-polling', 'sync-execution', 'scheduling', 'admin-gateway'] as const;
const PASSWORD = 'correct horse battery';

export interface Way {
  readonly name: string;
  /** How often each process is started. */
  readonly replicas: number;
  readonly processes: readonly string[];
  /** The program of the NATS server; null: this way has none. */
  readonly nats: string | null;
  /** Why it cannot be run here. */
  readonly missing?: string;
}

export function ways(): Way[] {
  const found = findNatsServer();
  const nats = 'binary' in found ? found.binary : null;
  const missing = 'binary' in found ? {} : { missing: found.missing };
  const four = { processes: SERVICES, nats, ...missing };
  return [
    { name: 'standalone', replicas: 1, processes: ['standalone'], nats: null },
    { name: 'four processes', replicas: 1, ...four },
    { name: 'two of each', replicas: 2, ...four },
  ];
}

interface Neighbours {
  /** Not by the cable. */
  readonly databaseUrl: string;
  readonly cable: Cable;
  readonly nats: TestNatsServer | null;
}

/** A running Daymark, however it is run. Requests go to its gateways in turn. */
export class RunningDaymark extends DaymarkClient {
  private turn = 0;

  private constructor(
    readonly processes: readonly ServiceProcess[],
    private readonly neighbours: Neighbours,
    private readonly dispose: () => Promise<void>,
  ) {
    super();
  }

  static async start(way: Way, environment: Record<string, string>): Promise<RunningDaymark> {
    const database = await createTestDatabase();
    const nats = way.nats === null ? null : await startNatsServer({ binary: way.nats });
    const behindCable = new URL(database.url);
    const cable = await layCable({ host: behindCable.hostname, port: Number(behindCable.port) });
    behindCable.hostname = '127.0.0.1';
    behindCable.port = String(cable.port);
    const env = {
      ...environment,
      DATABASE_URL: behindCable.toString(),
      DAYMARK_ADMIN_PASSWORD: PASSWORD,
      ...(nats === null ? {} : { NATS_URL: nats.url }),
    };
    const processes = way.processes.flatMap((name) =>
      Array.from({ length: way.replicas }, () => new ServiceProcess(name, env)),
    );
    const neighbours = { databaseUrl: database.url, cable, nats };
    const daymark = new RunningDaymark(processes, neighbours, async () => {
      await nats?.stop();
      await cable.close();
      await database.drop();
    });
    await daymark.untilReady();
    await daymark.signIn(PASSWORD);
    return daymark;
  }

  /** For SQL, as an analyst has it. */
  get databaseUrl(): string {
    return this.neighbours.databaseUrl;
  }

  /** Between all processes and their database. */
  get cable(): Cable {
    return this.neighbours.cable;
  }

  get nats(): TestNatsServer | null {
    return this.neighbours.nats;
  }

  override get url(): string {
    const gateways = this.processes.filter(({ name, hasEnded }) => isGateway(name) && !hasEnded);
    this.turn += 1;
    return gateways[this.turn % gateways.length]?.url ?? '';
  }

  /** The first of the processes that do this. */
  process(name: string): ServiceProcess {
    const found = this.processes.find((process) => process.name === name);
    if (found === undefined) throw new Error(`No process is called ${name}.`);
    return found;
  }

  async untilReady(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.untilReady()));
  }

  /** SIGTERM to all at once; gives the exit codes. */
  async stop(): Promise<(number | null)[]> {
    return Promise.all(this.processes.map((process) => process.stop()));
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.dispose();
  }
}

function isGateway(name: string): boolean {
  return name === 'admin-gateway' || name === 'standalone';
}
