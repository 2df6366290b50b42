/**
 * A process that owns the embedded PostgreSQL of the home folder it is given, for tests that kill it. Runs the TypeScript
 * as it is. Prints one line of JSON when the server is ready, or when it was refused; ends well on SIGTERM, and when
 * the test that started it is gone.
 */
const Module = require('node:module');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { transformSync } = require('@swc/core');

const options = JSON.parse(readFileSync(join(__dirname, '../../../.swcrc'), 'utf8'));
Module._extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...options, swcrc: false, filename });
  module._compile(code, filename);
};

const { startEmbeddedPostgres } = require('../src/embedded-postgres/supervisor.ts');
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const quiet = () => undefined;
const logger = {
  info: quiet,
  warn: (...words) => process.stderr.write(`${JSON.stringify(words)}\n`),
  error: quiet,
};

async function main() {
  const onExit = (exit) => say({ exit });
  const server = await startEmbeddedPostgres({ home: process.argv[2], logger, onExit });
  const end = () => {
    process.stdin.destroy();
    void server.stop();
  };
  process.on('SIGINT', quiet);
  process.once('SIGTERM', end);
  process.stdin.once('end', end).resume();
  say({ url: server.url, port: server.port, server: server.pid, pid: process.pid });
}

main().catch((error) => say({ code: error.code, message: error.message }));
