import type { Shell } from '@daymark/composition';
import { endBecause } from '@daymark/composition';
import { startEmbeddedPostgres } from '@daymark/platform/embedded-postgres';

export interface Database {
  /** Holds a password: never log it. */
  readonly url: string;
  readonly embedded: boolean;
}

/** The database that is given, or the embedded server of the home folder. */
export async function openDatabase(shell: Shell): Promise<Database> {
  const { configuration, lifecycle, logger } = shell;
  const given = configuration.databaseUrl;
  if (given !== undefined) return { url: given.reveal(), embedded: false };
  const server = await startEmbeddedPostgres({
    home: configuration.home,
    logger,
    onExit: (exit) =>
      endBecause(shell, { exit }, 'The embedded PostgreSQL ended by itself: Daymark ends too.'),
  });
  lifecycle.started('embedded PostgreSQL', () => server.stop());
  return { url: server.url, embedded: true };
}
