/**
 * A text that PostgreSQL can be asked about. It knows no NUL; no id and no name has one, so what has one is asked for
 * as something else that none has either. So is the empty text, under which each table keeps its mark.
 */
export function askable(text: string): string {
  return text === '' ? '\uFFFD' : text.replaceAll('\0', '\uFFFD');
}
