/**
 * Many readers of `GET /events/stream`: what each costs the process in memory, and how far the last one is behind the
 * first. Against a running Daymark with its demo source:
 *
 *   node tools/bench/event-stream.mjs http://127.0.0.1:3000 .daymark/administrator.password <pid> [readers]
 */
import { readFileSync } from 'node:fs';
import http from 'node:http';

const [url, passwordFile, pid, readers = '500'] = process.argv.slice(2);
const api = `${url}/api/v1`;
const json = { 'content-type': 'application/json' };
const password = readFileSync(passwordFile, 'utf8').trim();
const signIn = JSON.stringify({ username: 'administrator', password });
const { token } = await (
  await fetch(`${api}/sessions`, { method: 'POST', headers: json, body: signIn })
).json();
const headers = { authorization: `Bearer ${token}` };
const residentKb = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

const before = residentKb();
const seen = Array.from({ length: Number(readers) }, () => []);
await Promise.all(seen.map(open));
const after = residentKb();

const runs = 5;
for (let run = 0; run < runs; run += 1) {
  await fetch(`${api}/sources/flows/runs`, {
    method: 'POST',
    headers: { ...headers, ...json },
    body: '{"dryRun":true}',
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
}
const counts = new Set(seen.map((events) => events.length));
const arrivals = new Map();
for (const { id, at } of seen.flat()) arrivals.set(id, [...(arrivals.get(id) ?? []), at]);
const spreads = [...arrivals.values()]
  .map((times) => Math.max(...times) - Math.min(...times))
  .sort((a, b) => a - b);

console.log(
  `${readers} readers: ${before} KB before, ${after} KB with them, ${((after - before) / Number(readers)).toFixed(0)} KB each`,
);
console.log(
  `${arrivals.size} events to each (all alike: ${counts.size === 1}); last reader behind the first by median ${spreads[spreads.length >> 1]?.toFixed(0)} ms, at most ${spreads.at(-1)?.toFixed(0)} ms`,
);
process.exit(0);

function open(events) {
  return new Promise((resolve, reject) => {
    const request = http.get(`${api}/events/stream`, { headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
        const blocks = text.split('\n\n');
        text = blocks.pop();
        for (const block of blocks) {
          const id = /^id: (.*)$/m.exec(block)?.[1];
          if (id !== undefined && block.includes('\ndata: ')) events.push({ id, at: performance.now() });
        }
      });
      resolve();
    });
    request.on('error', reject);
  });
}
