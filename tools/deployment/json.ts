/** YAML as it was read: of no known shape, so what is not there is `undefined` and never an error. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

export function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, name) => fieldsOf(found)[name], value);
}

export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}

export function textAt(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

export function textsAt(value: Json | undefined, ...path: readonly string[]): string[] {
  return listAt(value, ...path).map((each) => textAt(each));
}

export function fieldsOf(value: Json | undefined): { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !isList(value) ? value : {};
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
