/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type Schema = Readonly<Record<string, unknown>>;

const OPTIONAL = Symbol('optional');

/** May be absent. */
export function optional(schema: Schema): Schema {
  return { ...schema, [OPTIONAL]: true };
}

export function orNull(schema: Schema): Schema {
  const { type } = schema;
  if (typeof type === 'string' && !('enum' in schema)) return { ...schema, type: [type, 'null'] };
  return { anyOf: [schema, { type: 'null' }] };
}

/**
 * An object with the fields that the type has: a field that is renamed in one place only does not compile. All of them
 * are there unless they are marked optional. Answers may have more one day.
 */
export function object<T>(
  properties: { readonly [Field in keyof Required<T>]: Schema },
  description?: string,
): Schema {
  const fields = Object.entries<Schema>(properties);
  const required = fields.filter(([, schema]) => !(OPTIONAL in schema)).map(([name]) => name);
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(
      fields.map(([name, schema]) => [name, { ...schema, [OPTIONAL]: undefined }]),
    ),
  };
}

/** What is asked with: a field that is not named, at any depth, is refused. */
export function closed(schema: Schema): Schema {
  const inside = Object.entries(schema).map(([name, value]) => [name, closedIn(value)] as const);
  const open = schema['type'] === 'object' && 'properties' in schema;
  return { ...Object.fromEntries(inside), ...(open ? { additionalProperties: false } : {}) };
}

function closedIn(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedIn);
  return typeof value === 'object' && value !== null ? closed(value as Schema) : value;
}

export function array(items: Schema, more: Schema = {}): Schema {
  return { type: 'array', items, ...more };
}

export function oneOf(values: readonly (string | number)[], more: Schema = {}): Schema {
  return { type: typeof values[0] === 'number' ? 'integer' : 'string', enum: [...values], ...more };
}

/** By its name in the document. */
export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` };
}

export function described(schema: Schema, description: string): Schema {
  return '$ref' in schema ? { ...schema, description } : { description, ...schema };
}

export const text: Schema = { type: 'string' };
export const flag: Schema = { type: 'boolean' };
export const count: Schema = { type: 'integer', minimum: 0 };
export const uuid: Schema = { type: 'string', format: 'uuid' };
export const day: Schema = {
  type: 'string',
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  examples: ['2026-11-23'],
};
export const instant: Schema = {
  type: 'string',
  format: 'date-time',
  description: 'RFC 3339 in UTC.',
  examples: ['2026-11-23T02:00:00.000Z'],
};
export const position: Schema = {
  type: 'string',
  description: 'A position of the event log: opaque; positions grow along the log and compare as text.',
};
export const nextCursor: Schema = orNull({
  type: 'string',
  description: 'Of the next page; null on the last.',
});

export function page(items: Schema): Schema {
  return object<{ items: unknown; nextCursor: unknown }>({ items: array(items), nextCursor });
}
