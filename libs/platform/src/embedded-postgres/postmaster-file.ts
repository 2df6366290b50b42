import { join } from 'node:path';

import { readText } from './files';

/** What a running server says about itself in its data directory. */
export interface PostmasterFile {
  readonly pid: number;
  readonly ready: boolean;
}

const STATUS_LINE = 7;

/** Where a server says so. */
export const postmasterFileOf = (dataDirectory: string): string => join(dataDirectory, 'postmaster.pid');

/** Reads `postmaster.pid`; undefined when there is none or when it is not (yet) readable as one. */
export function readPostmasterFile(dataDirectory: string): PostmasterFile | undefined {
  const lines = readText(postmasterFileOf(dataDirectory))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  // A stand-alone backend writes its number negated.
  return { pid: Math.abs(pid), ready: lines[STATUS_LINE]?.trim() === 'ready' };
}
