/**
 * What `npm start`, `npm run start:distributed` and `npm test` run, on a checkout that may have nothing installed yet: so
 * it imports `node:` modules only. Packages are installed when package-lock.json is not the one that was installed,
 * sources are built, both under a lock, as two first starts at once would break each other.
 *
 * `start` then becomes Daymark itself, in this very process: a signal, an exit code, a kill mean what they say, with
 * nothing in between to pass them on. `distributed` becomes the parent of the four services. `test` runs jest with the
 * arguments that follow and ends with its code.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (path) => join(root, path);
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const lockFolder = at('.nx/install.lock');
const stampFile = at('node_modules/.daymark-installed');
/** What npm needs to reach its registry; everything else that it hands to scripts would change how it installs. */
const npmSettingsKept = /^npm_config_(registry|cache|userconfig|globalconfig|.*proxy|cafile|ca|strict_ssl)$/i;

const say = (line) => process.stderr.write(`${line}\n`);

async function main([mode, ...args]) {
  if (!['start', 'distributed', 'test'].includes(mode))
    throw new Stop('usage: node tools/start.mjs start | distributed [--replicas 2] | test [jest arguments]');
  checkNode();
  await underLock(async () => {
    await install();
    await build();
  });
  if (mode === 'test')
    return run(process.execPath, [at('node_modules/jest/bin/jest.js'), ...args], process.env);
  if (mode === 'distributed') {
    // Only now is there anything built that it could import.
    const { startDistributed } = await import('./distributed/main.mjs');
    await startDistributed(args);
    return undefined;
  }
  const shell = at('apps/standalone/dist/main.js');
  if (!existsSync(shell)) throw new Stop(`${shell} was not built.`);
  process.argv.splice(1, 2, shell);
  // As `node apps/standalone/dist/main.js` would, `require.main` included.
  Module.runMain(shell);
  return undefined;
}

/** Ends the process with a line instead of a stack. */
class Stop extends Error {
  constructor(message, code = 1) {
    super(message);
    this.code = code;
  }
}

function checkNode() {
  const wanted = readJson('package.json').engines.node;
  const own = process.versions.node;
  const fits = wanted.split(' ').every((bound) => {
    const order = compare(own, bound.replace(/^\D+/, ''));
    return bound.startsWith('>=') ? order >= 0 : order < 0;
  });
  if (!fits) throw new Stop(`Daymark needs Node ${wanted}; this is ${own}.`);
}

function compare(one, two) {
  const [a, b] = [one, two].map((version) => version.split('.').map(Number));
  for (const index of [0, 1, 2]) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function install() {
  const stamp = stampOf();
  if (read(stampFile) === stamp) return;
  if (!installedByHand()) {
    say('Installing packages …');
    const started = performance.now();
    const npm = process.env.npm_execpath;
    const words = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    const [file, args] = npm === undefined ? ['npm', words] : [process.execPath, [npm, ...words]];
    const code = await run(file, args, environmentForNpm(), ['ignore', 2, 2]);
    if (code !== 0) throw new Stop('The packages could not be installed: npm said why above.', code);
    say(`Installed in ${Math.round((performance.now() - started) / 1000)} s.`);
  }
  writeFileSync(stampFile, stamp);
}

function stampOf() {
  const parts = [process.platform, process.arch, process.versions.modules, read(at('package-lock.json'))];
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** npm writes down what it installed, last of all: if all of the lock is there in the same versions, nothing is to do. */
function installedByHand() {
  const installed = readJson('node_modules/.package-lock.json')?.packages;
  if (installed === undefined) return false;
  return Object.entries(readJson('package-lock.json').packages).every(
    ([path, { version, optional, link }]) =>
      path === '' || (optional && !(path in installed)) || link || installed[path]?.version === version,
  );
}

function environmentForNpm() {
  const entries = Object.entries(process.env);
  return Object.fromEntries(
    entries.filter(([name]) => name !== 'NODE_ENV' && (!/^npm_/i.test(name) || npmSettingsKept.test(name))),
  );
}

async function build() {
  const compiler = at('node_modules/typescript7/bin/tsc');
  const code = await run(process.execPath, [compiler, '-b', at('tsconfig.build.json')], process.env, [
    'ignore',
    2,
    2,
  ]);
  if (code !== 0) throw new Stop('The sources could not be built: the compiler said why above.', code);
}

/** Runs a program and answers with its exit code; signals are passed on to it. */
function run(file, args, env, stdio = 'inherit') {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env, stdio });
    const pass = (signal) => child.kill(signal);
    for (const signal of signals) process.on(signal, pass);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass);
      if (signal !== null) say(`${file} was ended by ${signal}.`);
      resolve(code ?? 1);
    });
  });
}

async function underLock(work) {
  mkdirSync(dirname(lockFolder), { recursive: true });
  let told = false;
  while (!takeLock()) {
    if (takeOver()) continue;
    if (!told) say('Another start is installing or building: waiting for it …');
    told = true;
    await delay(200);
  }
  const free = () => rmSync(lockFolder, { recursive: true, force: true });
  process.once('exit', free);
  try {
    await work();
  } finally {
    process.off('exit', free);
    free();
  }
}

function takeLock() {
  try {
    mkdirSync(lockFolder);
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(lockFolder, 'pid'), String(process.pid));
  return true;
}

/**
 * Removes the lock of a process that is gone. It is renamed first: of several that see a dead one, one gets it, and one
 * that came too late and got a living one's instead puts that back.
 */
function takeOver() {
  const pid = holderOf(lockFolder);
  if (pid === undefined || isRunning(pid)) return false;
  const aside = `${lockFolder}.${process.pid}`;
  try {
    renameSync(lockFolder, aside);
  } catch {
    return false;
  }
  if (holderOf(aside) !== pid) {
    renameSync(aside, lockFolder);
    return false;
  }
  rmSync(aside, { recursive: true, force: true });
  return true;
}

/** The process that has the lock; 0 when it died before it wrote its number; undefined when it may still write it. */
function holderOf(folder) {
  const pid = Number(read(join(folder, 'pid')) ?? '');
  if (pid > 0) return pid;
  const made = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return Date.now() - made > 5_000 ? 0 : undefined;
}

function isRunning(pid) {
  if (pid === 0) return false;
  const state = read(`/proc/${pid}/stat`)?.split(') ').at(-1)[0];
  if (state === 'Z' || state === 'X') return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson(path) {
  const text = read(at(path));
  return text === undefined ? undefined : JSON.parse(text);
}

try {
  const code = await main(process.argv.slice(2));
  if (code !== undefined) process.exitCode = code;
} catch (error) {
  say(error instanceof Stop ? error.message : String(error.stack));
  process.exitCode = error.code === undefined || typeof error.code === 'string' ? 1 : error.code;
}
