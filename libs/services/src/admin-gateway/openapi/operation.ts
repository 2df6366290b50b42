import { array, ref, type Schema } from './schema';

export type Access = 'open' | 'viewer' | 'administrator';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly description: string;
  readonly schema: Schema;
}

export interface Answered {
  readonly description: string;
  /** Absent: no body. */
  readonly content?: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: Schema }>>;
}

/** What one route takes and answers, and who may call it. */
export interface Operation {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** `/api/v1/sources/{source}`. */
  readonly path: string;
  readonly tag: string;
  readonly access: Access;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: Schema; readonly required: boolean; readonly example?: unknown };
  readonly answers: Readonly<Record<number, Answered>>;
  /** Codes that this route refuses by, beside those that every route may. */
  readonly refusals?: readonly string[];
}

export function json(description: string, schema: Schema, example?: unknown): Answered {
  const media = example === undefined ? { schema } : { schema, example };
  return { description, content: { 'application/json': media } };
}

export function nothing(description: string): Answered {
  return { description };
}

export function withHeaders(answered: Answered, ...names: readonly (keyof typeof headers)[]): Answered {
  return { ...answered, headers: Object.fromEntries(names.map((name) => [name, headers[name]])) };
}

const headers = {
  location: { description: 'Where what was made stands.', schema: { type: 'string' } },
  etag: { description: 'The revision, for If-Match.', schema: { type: 'string' } },
  'daymark-position': { description: 'Where the effect stands in the log.', schema: { type: 'string' } },
} as const;

export function inPath(name: string, description: string, schema: Schema = { type: 'string' }): Parameter {
  return { name, in: 'path', required: true, description, schema };
}

export function inQuery(name: string, description: string, schema: Schema = { type: 'string' }): Parameter {
  return { name, in: 'query', description, schema };
}

export const source = inPath('source', 'Id or name.', { type: 'string', maxLength: 48 });
export const cursor = inQuery('cursor', '`nextCursor` of the page before.');
export const limit = inQuery('limit', 'The most that a page holds.', {
  type: 'integer',
  minimum: 1,
  maximum: 500,
});
export const paged = [cursor, limit];

export function listOf(name: string): Schema {
  return {
    type: 'object',
    required: ['items', 'nextCursor'],
    properties: {
      items: array(ref(name)),
      nextCursor: { type: ['string', 'null'], description: 'Of the next page; null on the last.' },
    },
  };
}
