/** Compares answers with the OpenAPI document that is published: every route, status and field. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

interface Media {
  readonly schema: object;
}

export interface ToldOperation {
  readonly operationId: string;
  readonly 'x-access': string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: object }[];
  readonly requestBody?: { readonly content: Record<string, Media & { readonly example?: unknown }> };
  readonly responses: Record<string, { readonly content?: Record<string, Media> }>;
}

interface ToldApi {
  readonly paths: Record<string, Record<string, ToldOperation>>;
  readonly components: object;
}

const file = resolve(__dirname, '../../docs/openapi.json');
export const toldApi = strict(JSON.parse(readFileSync(file, 'utf8')) as ToldApi);

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema({ $id: 'openapi', components: toldApi.components });
const compiled = new WeakMap<object, ValidateFunction>();

const routes = Object.entries(toldApi.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    path,
    // A fixed part is chosen before a parameter: /sources/test is no source.
    fixed: path.split('/').filter((part) => !part.startsWith('{')).length,
    form: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
    operation,
  })),
);

interface AnswerSeen {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** What is wrong with an answer; null when it is as the document says. */
export function mistakeIn(
  asked: { readonly method: string; readonly path: string },
  answer: AnswerSeen,
): string | null {
  const method = asked.method === 'HEAD' ? 'GET' : asked.method;
  const path = asked.path.split('?', 1)[0] ?? '';
  const operation = operationAt(method, path);
  if (operation === undefined) return isRefusal(answer) ? null : `${method} ${path} is not told of`;
  return mistakeUnder(operation, asked, answer);
}

function mistakeUnder(
  operation: ToldOperation,
  asked: { readonly method: string },
  answer: AnswerSeen,
): string | null {
  const told = operation.responses[String(answer.status)];
  if (told === undefined)
    return `${operation.operationId} does not tell of status ${answer.status}: ${answer.text}`;
  const bodiless = asked.method === 'HEAD' || told.content === undefined;
  if (bodiless) return answer.text === '' ? null : 'a body was not told of';
  return mistakeInBody(told.content ?? {}, answer);
}

function isRefusal({ status }: AnswerSeen): boolean {
  return status >= 400 && status < 500;
}

function operationAt(method: string, path: string): ToldOperation | undefined {
  const found = routes.filter((route) => route.method === method && route.form.test(path));
  return found.sort((a, b) => b.fixed - a.fixed)[0]?.operation;
}

function mistakeInBody(content: Record<string, Media>, { type, text }: AnswerSeen): string | null {
  const named = (type ?? '').split(';', 1)[0] ?? '';
  const media = content[named];
  if (media === undefined) return `the type ${named} is not told of`;
  return /[/+]json$/.test(named) ? wrongIn(media.schema, JSON.parse(text)) : null;
}

function wrongIn(schema: object, value: unknown): string | null {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    validate = ajv.compile(
      JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components')) as object,
    );
    compiled.set(schema, validate);
  }
  return validate(value) ? null : ajv.errorsText(validate.errors);
}

/** Answers may have more fields one day; here they have those that are told of. */
function strict<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map((item: unknown) => strict(item)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  const inside = Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, strict(item as unknown)]),
  );
  const open = inside['type'] === 'object' && 'properties' in inside && !('additionalProperties' in inside);
  return (open ? { ...inside, additionalProperties: false } : inside) as Value;
}
