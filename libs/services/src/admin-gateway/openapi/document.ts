import { problemCodes, statusOf } from '../http/problem-codes';
import { examples } from './examples';
import type { Answered, Operation, Parameter } from './operation';
import { operations } from './operations';
import { ref } from './schema';
import { schemas } from './schemas';

/** The OpenAPI 3.1 document of the gateway, made from its tables alone. */
export function openApiDocument(): Readonly<Record<string, unknown>> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Daymark',
      version: '1',
      description:
        "A provably complete, day-by-day copy of a source's data. Refusals are problem documents (RFC 9457) whose " +
        '`code` is stable; no 4xx answer has an effect. More fields may be added to answers; none is renamed or retyped.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { cookie: [] }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths: pathsOf(operations),
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'daymark_session' },
      },
      schemas,
    },
  };
}

function pathsOf(all: readonly Operation[]): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const operation of all) {
    const path = (paths[operation.path] ??= {});
    path[operation.method] = shown(operation);
  }
  return paths;
}

function shown(operation: Operation): Record<string, unknown> {
  const { id, tag, summary, description, access, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    'x-access': access,
    ...(access === 'open' ? { security: [] } : {}),
    parameters: parametersOf(operation),
    ...(body === undefined ? {} : { requestBody: bodyOf(operation.method, body) }),
    responses: responsesOf(operation),
  };
}

const correlation: Parameter = {
  name: 'X-Correlation-Id',
  in: 'header',
  description: "The caller's own word for the request: it comes back, and stands in events and log lines.",
  schema: { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' },
};
const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Repeated with the same key and body, the request is carried out once and answered alike for a day.',
  schema: { type: 'string', pattern: '^[!-~]{1,255}$' },
};
const atLeast: Parameter = {
  name: 'atLeast',
  in: 'query',
  description: 'A position: the answer shows at least what the log holds up to there.',
  schema: { type: 'string' },
};

function parametersOf({ method, path, access, parameters = [] }: Operation): readonly Parameter[] {
  const reads = method === 'get' && path.startsWith('/api/v1/');
  return [
    ...parameters,
    ...(reads ? [atLeast] : []),
    ...(method === 'post' && (access !== 'open' || path.endsWith('/sessions')) ? [idempotencyKey] : []),
    correlation,
  ];
}

function bodyOf(method: Operation['method'], { schema, required, example }: NonNullable<Operation['body']>) {
  const media = { schema, ...(example === undefined ? {} : { example }) };
  const patch = method === 'patch' ? { 'application/merge-patch+json': media } : {};
  return { required, content: { 'application/json': media, ...patch } };
}

const guarded = ['SESSION_REQUIRED', 'SESSION_INVALID', 'FORBIDDEN', 'ATTEMPTS_TOO_FAST'];
const changing = ['BODY_INVALID', 'BODY_TOO_LARGE', 'CONTENT_TYPE_UNSUPPORTED'];
const asking = ['CROSS_SITE_REQUEST', 'NO_RESPONDER', 'OVERLOADED', 'TIMEOUT', 'DISCONNECTED'];
const keyed = ['IDEMPOTENCY_KEY_INVALID', 'IDEMPOTENCY_KEY_IN_FLIGHT', 'IDEMPOTENCY_KEY_REUSED'];
const ofTheApi = ['DATABASE_UNAVAILABLE', 'LOG_UNAVAILABLE', 'VIEWS_REBUILDING'];
const reading = ['POSITION_INVALID', 'VIEWS_BEHIND'];

/** What every route may refuse by, whatever it does. */
function common({ method, path, access }: Operation): readonly string[] {
  const reads = method === 'get';
  const closed = access !== 'open';
  const api = path.startsWith('/api/v1/');
  const may: readonly (readonly [boolean, readonly string[]])[] = [
    [true, ['REQUEST_INVALID']],
    [closed, guarded],
    [!reads, changing],
    [!reads && closed, asking],
    [method === 'post' && closed, keyed],
    [api, ofTheApi],
    [api && reads, reading],
  ];
  return may.flatMap(([when, codes]) => (when ? codes : []));
}

function responsesOf(operation: Operation): Record<string, Answered> {
  const codes = [...new Set([...common(operation), ...(operation.refusals ?? [])])];
  const byStatus = new Map<number, string[]>();
  for (const code of codes) byStatus.set(statusOf(code), [...(byStatus.get(statusOf(code)) ?? []), code]);
  const refused = [...byStatus].sort(([a], [b]) => a - b).map(([status, some]) => [status, refusal(some)]);
  return {
    ...operation.answers,
    ...(Object.fromEntries(refused) as Record<string, Answered>),
    default: refusal(['INTERNAL']),
  };
}

function refusal(codes: readonly string[]): Answered {
  const lines = codes.map((code) => `- \`${code}\`: ${meaning(code)}`);
  return {
    description: lines.join('\n'),
    content: { 'application/problem+json': { schema: ref('Problem'), example: examples.problem } },
  };
}

function meaning(code: string): string {
  return problemCodes.find((known) => known.code === code)?.means ?? '';
}
