/**
 * The first synchronization of a table beside `psql | psql` COPY of the same rows into the same indexed table, in one
 * run on one server. Prints rows per second, the ratios and the peak memory of the Daymark process.
 *
 *   DATABASE_URL=postgresql://superuser@127.0.0.1:5432/postgres node tools/bench/first-sync.mjs [rows]
 *
 * Needs psql, a build, and the right to create databases; drops what it made.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

const server = process.env.DATABASE_URL;
if (server === undefined) {
  console.error('DATABASE_URL must name a PostgreSQL server on which databases may be created.');
  process.exit(78);
}
const rows = Number(process.argv[2] ?? 1_000_000);
const days = 30;
const urlOf = (name) => Object.assign(new URL(server), { pathname: `/${name}` }).toString();
const source = urlOf('daymark_bench_source');
const target = urlOf('daymark_bench_target');

const columns = 'order_id, customer, status, amount, note, started_at';
const day = `(started_at AT TIME ZONE 'UTC')::date`;
const out = `COPY (SELECT ${day}, order_id::text, ${columns} FROM orders) TO STDOUT`;

async function execute(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const seconds = (work) => {
  const begun = performance.now();
  work();
  return (performance.now() - begun) / 1000;
};
const shell = (command) => execFileSync('bash', ['-c', `set -o pipefail; ${command}`], { stdio: 'inherit' });
const psql = (url, sql) => `psql -qX -v ON_ERROR_STOP=1 "${url}" -c "${sql}"`;

async function prepare() {
  for (const name of ['daymark_bench_source', 'daymark_bench_target']) {
    await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await execute(server, `CREATE DATABASE ${name}`);
  }
  await execute(
    source,
    `CREATE TABLE orders (order_id bigint PRIMARY KEY, customer text, status text, amount numeric(12,2), note text,
       started_at timestamptz);
     INSERT INTO orders SELECT i, 'customer ' || i % 5000, (ARRAY['NEW','PAID','SENT','DONE'])[1 + i % 4], i / 7.0,
       md5(i::text) || md5((i * 7)::text) || md5((i * 11)::text), now() - i * interval '${days} days' / ${rows}
     FROM generate_series(1, ${rows}) i;
     CREATE INDEX ON orders (started_at);
     ANALYZE orders`,
  );
  const like = `(daymark_day date NOT NULL, daymark_key text COLLATE "C" NOT NULL, order_id bigint, customer text, status text,
    amount numeric(12,2), note text, started_at timestamptz, PRIMARY KEY (daymark_day, daymark_key))`;
  await execute(
    target,
    `CREATE TABLE straight ${like}; CREATE TABLE upserted ${like}; CREATE UNLOGGED TABLE staging (LIKE straight)`,
  );
}

function baselines() {
  const straight = seconds(() => shell(`${psql(source, out)} | ${psql(target, 'COPY straight FROM STDIN')}`));
  const upsert = seconds(() => {
    shell(`${psql(source, out)} | ${psql(target, 'COPY staging FROM STDIN')}`);
    shell(
      psql(
        target,
        `INSERT INTO upserted SELECT * FROM staging ON CONFLICT (daymark_day, daymark_key) DO UPDATE SET note = excluded.note`,
      ),
    );
  });
  return { straight, upsert };
}

async function daymark() {
  const home = mkdtempSync(join(tmpdir(), 'daymark-bench-'));
  const env = {
    ...process.env,
    PORT: '0',
    DAYMARK_HOME: home,
    DATABASE_URL: target,
    DAYMARK_ADMIN_PASSWORD: 'bench-password',
    BENCH_PASSWORD: decodeURIComponent(new URL(server).password) || 'none',
    DAYMARK_SECRET_NAMES: 'BENCH_PASSWORD',
  };
  const child = spawn(process.execPath, ['apps/standalone/dist/main.js'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const url = await readyUrl(child);
    return await synchronize(url, child.pid);
  } finally {
    child.kill('SIGTERM');
    await new Promise((ended) => child.once('exit', ended));
    rmSync(home, { recursive: true, force: true });
  }
}

async function readyUrl(child) {
  let said = '';
  for await (const chunk of child.stdout) {
    said += chunk;
    const ready = said.split('\n').find((line) => line.includes('"Daymark is ready."'));
    if (ready !== undefined) return JSON.parse(ready).url;
  }
  throw new Error(`Daymark did not start:\n${said}`);
}

async function synchronize(url, pid) {
  const ask = async (method, path, body, token) => {
    const headers = {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.json();
  };
  const { token } = await ask('POST', '/sessions', { username: 'administrator', password: 'bench-password' });
  const address = new URL(source);
  address.password = '';
  const connector = {
    type: 'postgres',
    url: address.toString(),
    password: 'env:BENCH_PASSWORD',
    table: 'public.orders',
    key: ['order_id'],
    day: { column: 'started_at' },
  };
  await ask('POST', '/sources', { name: 'orders', timeZone: 'UTC', connector }, token);
  await ask('POST', '/sources/orders/status/refresh', {}, token);
  const first = await runOnce(ask, token, {});
  // The poll that follows a run is over before the next run is measured.
  await ask('POST', '/sources/orders/status/refresh', {}, token);
  const again = await runOnce(ask, token, {
    type: 'range',
    from: first.period.from,
    to: first.period.to,
    resync: true,
  });
  const memory = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return {
    first: lengthOf(first),
    resync: lengthOf(again),
    changed: again.counts,
    memoryMb: Number(memory?.[1] ?? 0) / 1024,
  };
}

async function runOnce(ask, token, body) {
  const { id } = await ask('POST', '/sources/orders/runs', body, token);
  for (;;) {
    const run = await ask('GET', `/runs/${id}`, undefined, token);
    if (run.status === 'succeeded') return run;
    if (run.status !== 'running' && run.status !== 'requested') throw new Error(JSON.stringify(run.problem));
    await delay(100);
  }
}

const lengthOf = (run) => (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000;
const line = (what, s, base) =>
  console.log(
    `${what.padEnd(58)} ${s.toFixed(2).padStart(7)} s ${Math.round(rows / s)
      .toString()
      .padStart(8)} rows/s  ${(base / s).toFixed(2)} ×`,
  );

await prepare();
const base = baselines();
const [{ length }] = [
  {
    length: seconds(() =>
      shell(
        psql(
          source,
          `SELECT count(*), sum(hashtextextended(ROW(${columns})::text, 0)) FROM orders GROUP BY ${day}`,
        ) + ' > /dev/null',
      ),
    ),
  },
];
const ours = await daymark();
console.log(
  `${rows} rows over ${days} days; × is the share of the speed of psql COPY straight into the indexed table`,
);
line('psql | psql COPY straight into the same indexed table', base.straight, base.straight);
line('psql | psql COPY into typed staging, then upsert', base.upsert, base.straight);
line('Daymark, first synchronization', ours.first, base.straight);
console.log(
  `first synchronization / (staging and upsert): ${(base.upsert / ours.first).toFixed(2)} × its speed`,
);
console.log(
  `one count and hash per day at the source: ${length.toFixed(2)} s; resync of it all, nothing changed: ${ours.resync.toFixed(2)} s (${(ours.resync / length).toFixed(2)} ×), ${ours.changed.changed + ours.changed.inserted} rows written`,
);
console.log(`peak memory of the Daymark process: ${ours.memoryMb.toFixed(0)} MB`);
for (const name of ['daymark_bench_source', 'daymark_bench_target'])
  await execute(server, `DROP DATABASE ${name} WITH (FORCE)`);
