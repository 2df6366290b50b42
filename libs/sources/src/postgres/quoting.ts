/** An identifier as SQL reads it. Names come from the source's own catalog, of any characters it allows. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text literal. Right only while `standard_conforming_strings` is on, which is pinned. */
export const quoteLiteral = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * A `text[]` literal of the texts that PostgreSQL can hold: one with a NUL or a lone surrogate stands in no table, and
 * would arrive as another text than was meant.
 */
export const textArrayLiteral = (texts: readonly string[]): string => {
  const holdable = texts.filter((text) => !/[\0\p{Surrogate}]/u.test(text));
  const items = holdable.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`);
  return `${quoteLiteral(`{${items.join(',')}}`)}::text[]`;
};
