import type { Configuration, Lifecycle, Logger, Scrubber } from '@daymark/platform';

/** What every process has before it opens anything. */
export interface Shell {
  /** Of the process: in its log lines, and on its connections. */
  readonly name: string;
  readonly configuration: Configuration;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly lifecycle: Lifecycle;
  readonly logger: Logger;
  readonly scrubber: Scrubber;
}

/** What was configured cannot work, however often it is tried: the process ends with EXIT_CONFIGURATION. */
export class Misconfigured extends Error {
  override readonly name: string = 'Misconfigured';
}

/** The time now, RFC 3339 in UTC. */
export const now = (): string => new Date().toISOString();

/** Something without which the process cannot go on is gone: it stops what it can, and ends. */
export function endBecause({ lifecycle, logger }: Shell, fields: object, why: string): void {
  logger.fatal(fields, why);
  void lifecycle.stop().finally(() => process.exit(1));
}
