import { createHash } from 'node:crypto';

type Value = string | null;

/** What PostgreSQL's `record_out` takes for a reason to quote a field. */
const NEEDS_QUOTES = /["\\(), \t\n\v\f\r]/;

const fieldText = (value: Value): string => {
  if (value === null) {
    return '';
  }
  const quoted = value === '' || NEEDS_QUOTES.test(value);
  return quoted ? `"${value.replace(/["\\]/g, '$&$&')}"` : value;
};

/** The text of `ROW(values)::text`, of values given as the text that PostgreSQL prints for them. */
export const recordText = (values: readonly Value[]): string => `(${values.map(fieldText).join(',')})`;

/** The `md5` version of a record, equal to what a PostgreSQL computes from the same columns. */
export const recordVersion = (values: readonly Value[]): bigint => {
  const hex = createHash('md5').update(recordText(values), 'utf8').digest('hex');
  return BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`));
};

/** The key's text as the port has it: one text, or the JSON array as `jsonb` prints it; null if any of them is. */
export const keyText = (values: readonly Value[]): Value => {
  const [first = null] = values;
  if (values.includes(null)) {
    return null;
  }
  return values.length === 1 ? first : `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
};

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
]);

/** One row in COPY's text format, with its line end. */
export const copyLine = (values: readonly Value[]): string => {
  const escape = (text: string): string =>
    text.replace(/[\\\b\f\n\r\t\v]/g, (found) => ESCAPES.get(found) ?? found);
  return `${values.map((value) => (value === null ? '\\N' : escape(value))).join('\t')}\n`;
};
