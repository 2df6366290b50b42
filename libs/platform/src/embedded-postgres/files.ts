import { readFileSync, renameSync, writeFileSync } from 'node:fs';

/** The text of a file, or undefined when it does not exist. Throws for any other reason. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return undefined;
    throw error;
  }
}

/** Replaces a file as a whole (mode 0600): a reader sees the old text or the new one. */
export function replaceText(path: string, text: string): void {
  const half = `${path}.${process.pid}`;
  writeFileSync(half, text, { mode: 0o600 });
  renameSync(half, path);
}

/** Whether an error carries this system code, such as `ENOENT`. Asked of its shape: errors also come from other realms. */
export const hasCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;
