/**
 * The HTTP port of a process. It opens before the slow parts of a start and says at once that the process lives, and what
 * it still waits for; the admin gateway takes it over when it is there.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Metrics } from '@daymark/platform/metrics';
import { isFromHere, type MetricsAccess, type ReadinessCheck } from '@daymark/services/admin-gateway';
import type { Shell } from './shell';

export interface Door {
  readonly url: string;
  readonly server: Server;
  /** What must work before the process counts as ready. Parts add theirs as they come. */
  readonly readiness: ReadinessCheck[];
  /** The start is through. */
  opened(): void;
  /** From now on requests are this one's, health and metrics included. */
  handOver(to: RequestListener): void;
}

/** How long one check may take. */
const CHECK_MS = 2_000;
const RETRY_AFTER_S = '5';
/** How long a client may take to say what it wants: slow ones hold a socket no longer. */
const HEADERS_MS = 10_000;

interface Said {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

/** @throws what listening throws: the port is taken, the host is none of this machine. */
export async function openDoor(shell: Shell, metrics: Metrics): Promise<Door> {
  const { configuration, lifecycle, logger } = shell;
  let started = false;
  const readiness: ReadinessCheck[] = [
    { name: 'not stopping', check: () => Promise.resolve(!lifecycle.signal.aborted) },
    { name: 'started', check: () => Promise.resolve(started) },
  ];
  const own: RequestListener = (request, response) => {
    void answer({ readiness, metrics, access: configuration.metrics }, request).then((said) =>
      send(response, request, said),
    );
  };
  const server = createServer(own);
  server.headersTimeout = HEADERS_MS;
  server.listen(configuration.port, configuration.host);
  await once(server, 'listening');
  lifecycle.started('HTTP', () => close(server));
  const url = urlOf(server, configuration.host);
  logger.info({ url }, 'Health is answered; the start goes on.');
  return {
    url,
    server,
    readiness,
    opened: () => {
      started = true;
    },
    handOver: (to) => {
      server.off('request', own);
      server.on('request', to);
    },
  };
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as { port: number };
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

interface Shown {
  readonly readiness: readonly ReadinessCheck[];
  readonly metrics: Metrics;
  readonly access: MetricsAccess;
}

async function answer(shown: Shown, request: IncomingMessage): Promise<Said> {
  const path = request.url?.split('?', 1)[0] ?? '';
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return problem(405, 'METHOD_NOT_ALLOWED', 'This port answers GET only.');
  if (path === '/health/live') return json(200, { status: 'live' });
  if (path === '/health/ready') return readyOrNot(shown.readiness);
  if (path === '/metrics') return measured(shown, request);
  const missing = await missingOf(shown.readiness);
  return missing.includes('started')
    ? notReady(missing)
    : problem(404, 'NOT_FOUND', 'There is health and there are metrics, nothing else.');
}

async function readyOrNot(readiness: readonly ReadinessCheck[]): Promise<Said> {
  const missing = await missingOf(readiness);
  return missing.length === 0 ? json(200, { status: 'ready' }) : notReady(missing);
}

function notReady(missing: readonly string[]): Said {
  const errors = missing.map((path) => ({ path, message: 'is not ready' }));
  return problem(503, 'NOT_READY', `Not ready: ${missing.join(', ')}.`, errors);
}

async function measured({ metrics, access }: Shown, request: IncomingMessage): Promise<Said> {
  if (access !== 'open' && !isFromHere(request))
    return problem(
      403,
      'FORBIDDEN',
      'Metrics are for this machine only; DAYMARK_METRICS=open lets others in.',
    );
  return { status: 200, type: metrics.contentType, text: await metrics.text() };
}

async function missingOf(readiness: readonly ReadinessCheck[]): Promise<string[]> {
  const passed = await Promise.all(
    readiness.map(async (check) => [check.name, await passes(check)] as const),
  );
  return passed.filter(([, ready]) => !ready).map(([name]) => name);
}

async function passes({ check }: ReadinessCheck): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), CHECK_MS);
  });
  try {
    return await Promise.race([check(), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

function json(status: number, body: object): Said {
  return { status, type: 'application/json; charset=utf-8', text: JSON.stringify(body) };
}

function problem(status: number, code: string, detail: string, errors: readonly object[] = []): Said {
  const words = code.toLowerCase().replaceAll('_', ' ');
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  const document = { type: `/api/docs/errors#${code}`, title, status, detail, code, errors };
  return { ...json(status, document), type: 'application/problem+json' };
}

function send(response: ServerResponse, request: IncomingMessage, { status, type, text }: Said): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': RETRY_AFTER_S } : {}),
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}
