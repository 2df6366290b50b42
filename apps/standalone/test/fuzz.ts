/** Requests made from the OpenAPI document: right ones, ones that are nearly right, and junk. */
import { toldApi, type ToldOperation } from '../../../tools/system/api-check';

export interface FuzzedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

export type Random = () => number;

/** Small and good enough: the same seed gives the same requests (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Each sign-in and each new account costs a fifth of a second on purpose: seldom. */
const costly = new Set(['signIn', 'createUser', 'changeUser']);
/** Would end the session, or take away the source, that all the others go by. */
const left = new Set(['signOut', 'removeUser', 'removeSource', 'docs', 'docsFile', 'openapi']);

const operations = Object.entries(toldApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation }))
    .filter(({ operation }) => !left.has(operation.operationId)),
);
const cheap = operations.filter(({ operation }) => !costly.has(operation.operationId));

const junk: readonly unknown[] = [
  ...[
    '',
    ' ',
    '\0',
    'null',
    '__proto__',
    'constructor',
    '../..',
    '%00',
    '%',
    "' or 1=1 --",
    '"; drop table x; --',
  ],
  ...[
    '\u202e',
    '\ud800',
    'é',
    'e\u0301',
    '👩‍👩‍👧',
    'x'.repeat(10_000),
    '9'.repeat(400),
    '2026-02-30',
    '2026-13',
    '0000-00-00',
  ],
  ...[
    '9999-12-31',
    '-1',
    '1e999',
    'NaN',
    'Infinity',
    '0x10',
    '2026-11-23T00:00:00Z',
    '{{7*7}}',
    '<script>',
    '\r\nx: y',
  ],
  ...[
    0,
    -1,
    1.5,
    2 ** 53,
    -(2 ** 63),
    1e308,
    true,
    false,
    null,
    [],
    {},
    [[]],
    { $ne: 1 },
    { __proto__: 1 },
    ['a', 'b'],
  ],
];
const texts = junk.filter((value): value is string => typeof value === 'string');

export interface FuzzWorld {
  readonly random: Random;
  /** Names and ids that lead somewhere. */
  readonly known: Readonly<Record<string, readonly string[]>>;
}

export function fuzzedRequest(world: FuzzWorld): FuzzedRequest {
  const { random } = world;
  const { method, path, operation } = one(random() < 0.005 ? operations : cheap, random);
  const chosen = random() < 0.02 ? one(methods, random) : method;
  const body = chosen === 'GET' || chosen === 'HEAD' ? undefined : bodyOf(operation, world);
  return {
    method: chosen,
    path: `${pathOf(path, world)}${queryOf(operation, world)}`,
    headers: headersOf(world, body !== undefined),
    body,
  };
}

const methods = ['GET', 'PUT', 'DELETE', 'PATCH', 'POST', 'OPTIONS', 'HEAD'];

function pathOf(path: string, { random, known }: FuzzWorld): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const good = known[name] ?? [];
    const value = random() < 0.8 && good.length > 0 ? one(good, random) : one(texts, random);
    return (
      encodeURIComponent(value.replace(/[\uD800-\uDFFF]/g, '?').slice(0, 2_000)).replaceAll('.', '%2E') ||
      '%20'
    );
  });
}

function queryOf({ parameters }: ToldOperation, { random, known }: FuzzWorld): string {
  const query = new URLSearchParams();
  for (const { name, in: place } of parameters) {
    if (place !== 'query' || random() < 0.6) continue;
    const good = known[name] ?? [];
    const value = random() < 0.6 && good.length > 0 ? one(good, random) : one(texts, random);
    query.append(name, value.slice(0, 3_000));
    if (random() < 0.03) query.append(name, 'again');
  }
  if (random() < 0.03) query.append(one(['nonsense', '__proto__', 'a[b]', 'limit[]'], random), '1');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

function headersOf({ random }: FuzzWorld, hasBody: boolean): Record<string, string> {
  const junkHeader = () => one(['x', '"3"', '*', '""', '0', 'a'.repeat(300), 'W/"1"', '\u00e9'], random);
  const headers: Record<string, string> = {};
  if (hasBody)
    headers['content-type'] =
      random() < 0.95 ? 'application/json' : one(['text/plain', 'x', 'application/xml'], random);
  for (const name of [
    'if-match',
    'idempotency-key',
    'last-event-id',
    'accept',
    'x-correlation-id',
    'content-encoding',
  ]) {
    if (random() < 0.04) headers[name] = junkHeader();
  }
  return headers;
}

function bodyOf({ requestBody }: ToldOperation, { random }: FuzzWorld): string | undefined {
  const example = requestBody?.content['application/json']?.example;
  if (random() < 0.02)
    return one(
      ['{', '[]', '"x"', 'nul', '\0', '{"a":1,"a":2}', '['.repeat(5_000), '{"a":'.repeat(40)],
      random,
    );
  if (example === undefined) return random() < 0.05 ? JSON.stringify(one(junk, random)) : undefined;
  return JSON.stringify(random() < 0.25 ? example : mutated(example, random));
}

/** The same with one thing in it changed; addresses stay: nothing outside this machine is asked. */
function mutated(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random() < 0.15) return one(junk, random);
  if (Array.isArray(value)) {
    const items: unknown[] = value;
    return items.length === 0 || random() < 0.3
      ? [...items, one(junk, random)]
      : items.map((item) => mutated(item, random));
  }
  const fields = Object.entries(value);
  const [name] = one(fields, random);
  if (name === 'url') return { ...value, url: one(addresses, random) };
  if (random() < 0.15) return Object.fromEntries(fields.filter(([other]) => other !== name));
  if (random() < 0.1)
    return { ...value, [one(['nonsense', 'constructor', 'toString'], random)]: one(junk, random) };
  return { ...value, [name]: mutated((value as Record<string, unknown>)[name], random) };
}

const addresses = [
  ...[
    'postgresql://127.0.0.1:1/x',
    'postgresql://a:b@127.0.0.1/x',
    'http://127.0.0.1:1/',
    'postgresql:///x',
    '',
    'x',
    '://',
  ],
  ...[
    'postgresql://127.0.0.1:99999/x',
    'postgresql://[::1]:1/x?sslmode=require',
    'postgresql://127.0.0.1:1/x?host=/tmp',
  ],
];

function one<Item>(items: readonly Item[], random: Random): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to choose from');
  return item;
}
