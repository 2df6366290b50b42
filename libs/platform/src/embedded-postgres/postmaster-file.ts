import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a running server says about itself in its data directory. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number | undefined;
  readonly ready: boolean;
}

const PORT_LINE = 3;
const STATUS_LINE = 7;

/** Reads `postmaster.pid`; undefined when there is none or when it is not (yet) readable as one. */
export function readPostmasterFile(dataDirectory: string): PostmasterFile | undefined {
  const lines = readText(join(dataDirectory, 'postmaster.pid'))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  const port = Number(lines[PORT_LINE]);
  return {
    // A stand-alone backend writes its pid negated.
    pid: Math.abs(pid),
    port: port > 0 ? port : undefined,
    ready: lines[STATUS_LINE]?.trim() === 'ready',
  };
}

/** The text of a file, or undefined when it does not exist. Throws for any other reason. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
