/**
 * A text that PostgreSQL can be asked about. It knows no NUL; no id and no name has one, so what has one is asked for
 * as something else that none has either.
 */
export function askable(text: string): string {
  return text.replaceAll('\0', '\uFFFD');
}
