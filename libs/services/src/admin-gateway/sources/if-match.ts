import { malformed } from '../http/http-problem';

const form = /^\s*(?:W\/)?(?:"([1-9]\d{0,8})"|([1-9]\d{0,8}))\s*$/;

/** The revision that the writer saw: the ETag, or the bare number. `*` and no header: whatever it is. */
export function expectedRevision(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  const parts = form.exec(header);
  if (parts === null) {
    throw malformed([{ path: 'If-Match', message: 'is not a revision such as "3"' }], 'IF_MATCH_INVALID');
  }
  return Number(parts[1] ?? parts[2]);
}
