/**
 * What a version hash costs, against plain COPY, in one run and on one server.
 *
 *   DATABASE_URL=postgresql://… node tools/bench/version-hash.mjs [rows, default 1000000]
 *
 * Works in schema daymark_bench of that database and drops it at the end. Needs psql on the PATH for the baseline. Read
 * the ratios, not the seconds: the machine decides the seconds.
 */
import { spawn } from 'node:child_process';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';

const url = process.env.DATABASE_URL;
const rows = Number(process.argv[2] ?? 1_000_000);
if (!url || !Number.isSafeInteger(rows)) {
  process.stderr.write('DATABASE_URL=postgresql://… node tools/bench/version-hash.mjs [rows]\n');
  process.exit(64);
}

const record = 'ROW(t.id, t.at, t.day, t.amount, t.state, t.note)::text';
const versions = {
  hashtextextended: `hashtextextended((${record}) COLLATE "C", 0)`,
  md5: `('x' || substr(md5(convert_to(${record}, 'UTF8')), 1, 16))::bit(64)::bigint`,
};
const source = 'daymark_bench.source';
const target = 'daymark_bench.target';
const census = (version) => `SELECT t.day, count(*), sum(${version})::text FROM ${source} t GROUP BY t.day`;
const copyOut = (list) => `COPY (SELECT ${list} FROM ${source} t) TO STDOUT`;
const copyIn = `COPY ${target} FROM STDIN`;

const connect = async () => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', (error) => process.stderr.write(`${error.message}\n`));
  await client.connect();
  return client;
};

const timed = async (work) => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** The better of two: the first run of each also warms the cache. */
const best = async (work) => Math.min(await timed(work), await timed(work));

const shell = (command) =>
  new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit'], env: process.env });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}: ${command}`))));
  });

const psql = (sql) => `psql -qAtX -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "${sql.replaceAll('"', '\\"')}"`;

const prepare = async (client) => {
  await client.query(`DROP SCHEMA IF EXISTS daymark_bench CASCADE; CREATE SCHEMA daymark_bench;
    CREATE TABLE ${source} (id text, at timestamptz, day date, amount numeric, state text, note text);
    CREATE TABLE ${target} (LIKE ${source});
    CREATE UNIQUE INDEX ON ${target} (day, id COLLATE "C");`);
  await client.query(
    `INSERT INTO ${source} SELECT 'order-' || lpad(i::text, 10, '0'), s.at, s.at::date, (i % 100000) / 100.0,
       (ARRAY['new', 'paid', 'sent'])[i % 3 + 1], repeat(md5(i::text), 4)
     FROM generate_series(1, $1::int) i, LATERAL (SELECT timestamptz '2026-01-01Z' + i * interval '3 seconds' AS at) s`,
    [rows],
  );
  await client.query(`ALTER TABLE ${source} ADD PRIMARY KEY (id)`);
  await client.query(`VACUUM (ANALYZE) ${source}`);
};

const results = [];
const report = (name, seconds, baseline) => {
  results.push({
    what: name,
    seconds: seconds.toFixed(2),
    'rows/s': Math.round(rows / seconds),
    ratio: baseline ? (seconds / baseline).toFixed(2) : '1',
  });
};

const benchCensus = async (client) => {
  const plain = await best(() => client.query(`SELECT t.day, count(*) FROM ${source} t GROUP BY t.day`));
  report('count per day, parallel as planned', plain);
  for (const workers of [0, 2]) {
    await client.query(`SET max_parallel_workers_per_gather = ${workers}`);
    for (const [name, version] of Object.entries(versions)) {
      report(
        `census ${name}, ${workers === 0 ? 'serial' : 'parallel'}`,
        await best(() => client.query(census(version))),
        plain,
      );
    }
  }
};

const benchOut = async () => {
  const plain = await best(() => shell(`${psql(copyOut('t.*'))} > /dev/null`));
  report('psql COPY out, plain', plain);
  for (const [name, version] of Object.entries(versions)) {
    const seconds = await best(() => shell(`${psql(copyOut(`t.*, ${version}`))} > /dev/null`));
    report(`psql COPY out, with ${name}`, seconds, plain);
  }
};

const nodePipe = async () => {
  const [from, to] = await Promise.all([connect(), connect()]);
  try {
    await pipeline(from.query(copyStreams.to(copyOut('t.*'))), to.query(copyStreams.from(copyIn)));
  } finally {
    await Promise.all([from.end(), to.end()]);
  }
};

const benchPipe = async (client) => {
  const empty = () => client.query(`TRUNCATE ${target}`);
  await empty();
  const baseline = await timed(() => shell(`${psql(copyOut('t.*'))} | ${psql(copyIn)}`));
  report('psql | psql into the indexed table', baseline);
  await empty();
  report('Node pg + pg-copy-streams, the same', await timed(nodePipe), baseline);
  for (const [name, version] of Object.entries(versions)) {
    const recompute = census(version).replace(source, target);
    report(`recompute ${name} at the target, after it`, await best(() => client.query(recompute)), baseline);
  }
};

const client = await connect();
try {
  const { rows: about } = await client.query('SELECT version()');
  process.stdout.write(`${about[0].version}\n${rows} rows\n`);
  await prepare(client);
  await benchCensus(client);
  await benchOut();
  await benchPipe(client);
  console.table(results);
} finally {
  await client.query('DROP SCHEMA IF EXISTS daymark_bench CASCADE');
  await client.end();
}
