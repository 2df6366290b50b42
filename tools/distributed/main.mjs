/**
 * `npm run start:distributed`: the four services as processes of their own on this machine, the way a platform engineer
 * would try them, with the embedded PostgreSQL and a nats-server beside them; `DATABASE_URL` and `NATS_URL` name others. It
 * shares its home with `npm start`: what one copied, the other shows. Ctrl-C or SIGTERM stops all, gateways first and
 * the database last.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startNats } from './nats.mjs';
import { childOf, freePort } from './processes.mjs';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../..', import.meta.url));
/** In the order of their start; they stop in the reverse. */
const services = ['source-polling', 'sync-execution', 'scheduling', 'admin-gateway'];
const usage = 'usage: npm run start:distributed -- [--replicas 1 … 5]';

export async function startDistributed(words) {
  const replicas = replicasIn(words);
  if (replicas === undefined) {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
    return;
  }
  const { runShell } = require('../../libs/composition/dist/index.js');
  await runShell(process, {
    name: 'distributed',
    start: (shell) => start(shell, replicas),
    ready: greet,
  });
}

function replicasIn(words) {
  if (words.length === 0) return 1;
  const [, given] = /^--replicas[= ]([1-5])$/.exec(words.join(' ')) ?? [];
  return given === undefined ? undefined : Number(given);
}

async function start(shell, replicas) {
  const { configuration, lifecycle, scrubber } = shell;
  mkdirSync(configuration.home, { recursive: true, mode: 0o700 });
  const database = await databaseOf(shell);
  const natsUrl = configuration.natsUrl?.reveal() ?? (await startNats(shell));
  const password = administratorPassword(configuration);
  scrubber.registerSecret(password.text);
  const gateways = await gatewayPorts(configuration.port, replicas);
  const environment = {
    ...process.env,
    DATABASE_URL: database.url,
    NATS_URL: natsUrl,
    DAYMARK_HOME: configuration.home,
  };
  for (const service of services) {
    const children = Array.from({ length: replicas }, (_, index) => {
      const gateway = service === 'admin-gateway';
      const own = gateway
        ? { PORT: String(gateways[index]), DAYMARK_ADMIN_PASSWORD: password.text }
        : { PORT: '0', DAYMARK_ADMIN_PASSWORD: '' };
      return keep(shell, service, { ...environment, ...own });
    });
    lifecycle.started(service, () => Promise.all(children.map((child) => child.stop())));
  }
  const urls = gateways.map((port) => `http://${addressOf(configuration.host)}:${port}`);
  for (const url of urls) await untilReady(url, lifecycle.signal);
  return { urls, password, targetFile: database.embedded ? await readersFile(shell, database.url) : null };
}

async function databaseOf(shell) {
  const given = shell.configuration.databaseUrl;
  if (given !== undefined) return { url: given.reveal(), embedded: false };
  const { startEmbeddedPostgres } = require('../../libs/platform/dist/embedded-postgres/index.js');
  const { endBecause } = require('../../libs/composition/dist/index.js');
  const server = await startEmbeddedPostgres({
    home: shell.configuration.home,
    logger: shell.logger,
    onExit: (exit) =>
      endBecause(shell, { exit }, 'The embedded PostgreSQL ended by itself: Daymark ends too.'),
  });
  shell.lifecycle.started('embedded PostgreSQL', () => server.stop());
  return { url: server.url, embedded: true };
}

function keep(shell, name, env) {
  const { endBecause } = require('../../libs/composition/dist/index.js');
  const main = join(root, 'apps', name, 'dist/main.js');
  return childOf({
    name,
    // Ctrl-C reaches a whole group: children end when they are let go, one kind after another.
    begin: (command) =>
      spawn(...command(process.execPath, [main]), {
        env,
        detached: true,
        stdio: ['ignore', 'inherit', 'inherit'],
      }),
    logger: shell.logger,
    giveUp: () =>
      endBecause(shell, { child: name }, 'A service cannot work as it is configured: all of them end.'),
  });
}

/** The one given, or one that is made up once and kept where standalone keeps it. */
function administratorPassword(configuration) {
  const given = configuration.adminPassword?.reveal();
  if (given !== undefined) return { text: given, file: null };
  const file = join(configuration.home, 'administrator.password');
  if (existsSync(file)) return { text: readFileSync(file, 'utf8').trim(), file };
  const { writeSecretFile } = require('../../libs/composition/dist/index.js');
  const text = randomBytes(18).toString('base64url');
  writeSecretFile(file, text);
  return { text, file };
}

async function gatewayPorts(first, replicas) {
  const ports = [];
  for (let index = 0; index < replicas; index += 1)
    ports.push(first === 0 ? await freePort() : first + index);
  return ports;
}

function addressOf(host) {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** Whatever else this machine has for a proxy: these are our own processes. */
async function untilReady(url, signal) {
  for (;;) {
    const answer = await fetch(`${url}/health/ready`, { signal }).catch(() => null);
    if (answer?.status === 200) return;
    await delay(100, undefined, { signal });
  }
}

/** As standalone leaves it: a role that may only read the copy, for people's SQL tools. */
async function readersFile(shell, url) {
  const { openForReaders, readersPassword } = require('../../libs/composition/dist/index.js');
  const { Client } = require('pg');
  const password = readersPassword(shell.configuration) ?? randomBytes(18).toString('base64url');
  shell.scrubber.registerSecret(password);
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await openForReaders(client, shell.configuration, { url, password });
  } finally {
    await client.end();
  }
}

function greet({ urls, password, targetFile }, { logger }) {
  logger.info({ url: urls[0], urls, passwordFile: password.file }, 'Daymark is ready.');
  const lines = [
    '',
    `  Daymark is ready      ${urls.join('  ')}`,
    `  Account               administrator, password ${password.file === null ? 'as configured' : `in ${password.file}`}`,
    `  Read the copy         ${targetFile === null ? 'in the database of DATABASE_URL' : `psql "$(cat ${targetFile})"`}`,
    '  Stop                  Ctrl-C',
    '',
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
