/**
 * Takes the tour that README.md promises: its `bash` blocks as they stand, in order, in one shell, against a Daymark
 * started afresh; then the blocks of docs/digest.md, which go on from there. A command that fails ends the tour. It is not
 * true either if a row says `agrees: false`, if Daymark logs an error, or if it does not end well when told to. Nothing
 * is left behind: no process, no folder.
 *
 * Needs what `tsc -b tsconfig.build.json` builds; `npm test` has built it. Exit code 0: the tour is true, or curl is
 * absent, which a line says.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Bounds for a busy machine; an idle one takes about ten seconds in all. */
const START_MS = 60_000;
const TOUR_MS = 120_000;
const STOP_MS = 30_000;

if (spawnSync('curl', ['--version'], { stdio: 'ignore' }).status === 0) await tour();
else console.log('skipped: there is no curl on this machine, and the tour is made of it.');

async function tour() {
  const script = [...blocksOf('README.md', 'One minute'), ...blocksOf('docs/digest.md')].join('\n');
  const home = mkdtempSync(join(tmpdir(), 'daymark-tour-'));
  const daymark = startDaymark(home);
  const said = linesOf(daymark);
  const stopped = once(daymark, 'exit');
  let bash;
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => (bash ?? daymark).kill('SIGTERM'));
  try {
    const { port } = new URL(await addressOf(daymark, said));
    bash = spawn('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: root,
      env: { ...plainEnvironment(), DAYMARK_HOME: home, PORT: port },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TOUR_MS,
    });
    judge(await outcomeOf(bash));
  } finally {
    daymark.kill('SIGTERM');
    const patience = setTimeout(() => daymark.kill('SIGKILL'), STOP_MS);
    const [code] = await stopped;
    clearTimeout(patience);
    judgeEnd(code, said.lines);
    // A server whose making was interrupted tidies up for a moment longer.
    rmSync(home, { recursive: true, force: true, maxRetries: 15, retryDelay: 100 });
  }
}

/** The commands of a page, or of one section of it; a block of SQL is put to the tour's own `sql`. */
function blocksOf(page, section) {
  const text = readFileSync(join(root, page), 'utf8');
  const part = section === undefined ? text : text.split(/^## /m).find((each) => each.startsWith(section));
  if (part === undefined) throw new Error(`${page} has no section "${section}".`);
  const blocks = [...part.matchAll(/^```(bash|sql)\n(.*?)^```$/gms)];
  if (blocks.length === 0) throw new Error(`${page} has no commands to run.`);
  return blocks.map(([, language, code]) =>
    language === 'sql' ? `sql "$(cat <<'END_OF_SQL'\n${code}END_OF_SQL\n)"` : code,
  );
}

function startDaymark(home) {
  return spawn(process.execPath, [join(root, 'apps/standalone/dist/main.js')], {
    cwd: root,
    env: { ...plainEnvironment(), DAYMARK_HOME: home, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** As on a machine where nobody has configured anything. */
function plainEnvironment() {
  const ours =
    /^(DAYMARK_.*|DATABASE_URL|NATS_URL|EVENTSTORE_URL|PORT|HOST|LOG_LEVEL|NODE_ENV|NODE_OPTIONS)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** What a process says: all of it so far, and each new line. */
function linesOf(daymark) {
  const lines = [];
  const reader = createInterface({ input: daymark.stdout }).on('line', (line) => lines.push(line));
  return { lines, reader };
}

/** Where it listens, once it says that it is ready. */
function addressOf(daymark, { lines, reader }) {
  return new Promise((resolve, reject) => {
    const settle = (how, what) => {
      clearTimeout(patience);
      how(what);
    };
    const fail = (why) => settle(reject, new Error([`Daymark ${why}. It said:`, ...lines].join('\n')));
    const patience = setTimeout(fail, START_MS, `was not ready after ${START_MS / 1000} s`);
    daymark.once('exit', (code) => fail(`ended with code ${code}`));
    reader.on('line', (line) => {
      const url = /"url":"(http:[^"]+)".*"msg":"Daymark is ready\."/.exec(line)?.[1];
      if (url !== undefined) settle(resolve, url);
    });
  });
}

async function outcomeOf(bash) {
  let said = '';
  for (const stream of [bash.stdout, bash.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (said += text));
  }
  const [code, signal] = await once(bash, 'close');
  return { code, signal, said };
}

function judge({ code, signal, said }) {
  console.log(said);
  const disagrees = /agrees.*\n(.*\n)*?.*\bfalse\b/.test(said);
  const well = code === 0 && !disagrees;
  if (!well) process.exitCode = 1;
  const end = signal === null ? `code ${code}` : signal;
  console.log(
    well ? 'Every command is true.' : `The tour is not true: ${disagrees ? 'agrees: false' : end}.`,
  );
}

/** A tour that only looks well is not true either: nothing may have broken, up to the very end. */
function judgeEnd(code, lines) {
  const broke = lines.filter((line) => /"level":"(error|fatal)"/.test(line));
  if (code === 0 && broke.length === 0) return;
  process.exitCode = 1;
  console.log([`Daymark ended with code ${code}. It said:`, ...broke].join('\n'));
}
