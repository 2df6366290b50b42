import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, closeSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface NatsServerSettings {
  /** The program, as `findNatsServer` gives it. */
  readonly binary: string;
  /** Default: off. */
  readonly jetstream?: boolean;
  /** Lines of the server's own configuration: users, permissions, TLS, limits. */
  readonly configuration?: string;
  /** Default: true. False: only the port is chosen; `start` starts it. */
  readonly started?: boolean;
}

/** A real nats-server on a loopback port of its own, with a folder of its own, until `stop`. */
export interface TestNatsServer {
  readonly host: string;
  readonly port: number;
  /** `nats://127.0.0.1:<port>` */
  readonly url: string;
  /** Starts it again on the same port with the same folder; resolves once it speaks. */
  start(): Promise<void>;
  /** SIGKILL; resolves once the process is gone. */
  kill(): Promise<void>;
  /** Sends a signal: SIGSTOP and SIGCONT freeze and thaw it, SIGHUP makes it read its configuration again. */
  signal(name: NodeJS.Signals): void;
  /** For the next `start` or SIGHUP. */
  configure(configuration: string): void;
  /** What it has logged so far. */
  log(): string;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';
const startMs = 15_000;
const attempts = 5;

export async function startNatsServer(settings: NatsServerSettings): Promise<TestNatsServer> {
  for (let attempt = 1; ; attempt += 1) {
    const server = new OwnNatsServer(settings, await freePort());
    try {
      if (settings.started !== false) await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody took the port meanwhile.
      if (attempt < attempts && String(error).includes('address already in use')) continue;
      throw error;
    }
  }
}

class OwnNatsServer implements TestNatsServer {
  readonly host = host;
  readonly url: string;
  private child: ChildProcess | undefined;
  private readonly home = mkdtempSync(join(tmpdir(), `daymark-test-nats-${process.pid}-`));
  private readonly logFile: string;
  private readonly configFile: string;
  private readonly atExit = (): void => {
    this.child?.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true });
  };

  constructor(
    private readonly settings: NatsServerSettings,
    readonly port: number,
  ) {
    this.url = `nats://${host}:${port}`;
    this.logFile = join(this.home, 'server.log');
    this.configFile = join(this.home, 'server.conf');
    this.configure(settings.configuration ?? '');
    process.once('exit', this.atExit);
  }

  configure(configuration: string): void {
    const store = `jetstream { store_dir: ${JSON.stringify(join(this.home, 'store'))} }`;
    const lines = [`listen: "${host}:${this.port}"`, 'server_name: "daymark-test"', configuration];
    writeFileSync(this.configFile, [...lines, this.settings.jetstream ? store : ''].join('\n'));
  }

  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const [program, ...words] = commandOf(this.settings.binary, this.configFile);
    const child = spawn(program, words, { stdio: ['ignore', log, log] });
    closeSync(log);
    child.on('error', () => undefined);
    this.child = child;
    const deadline = Date.now() + startMs;
    while (!(await speaks(this.port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await this.kill();
        throw new Error(`nats-server does not start: ${this.log()}`);
      }
      await delay(10);
    }
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  log(): string {
    return existsSync(this.logFile) ? readFileSync(this.logFile, 'utf8') : '';
  }

  async stop(): Promise<void> {
    await this.kill();
    process.removeListener('exit', this.atExit);
    rmSync(this.home, { recursive: true, force: true });
  }
}

const setpriv = '/usr/bin/setpriv';

/** Where the system can do it, the server ends with this process even when that is killed. */
function commandOf(binary: string, configFile: string): [program: string, ...words: string[]] {
  const server: [string, ...string[]] = [binary, '-c', configFile];
  return existsSync(setpriv) ? [setpriv, '--pdeathsig', 'KILL', ...server] : server;
}

/** True once a server on that port says its first line. */
function speaks(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (spoke: boolean): void => {
      socket.destroy();
      resolve(spoke);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('data', (data) => end(data.toString().startsWith('INFO ')));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
