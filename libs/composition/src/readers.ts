import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@daymark/platform';
import { escapeIdentifier, escapeLiteral, type Pool } from 'pg';
import { writeSecretFile } from './secret-file';

const READER = 'daymark_reader';
const TARGET_FILE = 'target.url';

/**
 * A role that may only read the copy, for people's SQL tools, and the file that tells how. Its password is in that file
 * only, and stays what it is while the file is there.
 */
export async function openForReaders(
  pool: Pick<Pool, 'query'>,
  { home, schemas }: Pick<Configuration, 'home' | 'schemas'>,
  access: { url: string; password: string },
): Promise<string> {
  const copy = escapeIdentifier(schemas.copy);
  const password = escapeLiteral(access.password);
  await pool.query(`
    DO $$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${READER}') THEN CREATE ROLE ${READER} LOGIN; END IF;
    END $$;
    ALTER ROLE ${READER} LOGIN PASSWORD ${password};
    ALTER ROLE ${READER} SET default_transaction_read_only = on;
    GRANT USAGE ON SCHEMA ${copy} TO ${READER};
    GRANT SELECT ON ALL TABLES IN SCHEMA ${copy} TO ${READER};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${copy} GRANT SELECT ON TABLES TO ${READER};`);
  const url = new URL(access.url);
  url.username = READER;
  url.password = access.password;
  return writeSecretFile(join(home, TARGET_FILE), url.toString());
}

/** The password in the file of the readers' role; null when there is no such file. */
export function readersPassword({ home }: Pick<Configuration, 'home'>): string | null {
  const file = join(home, TARGET_FILE);
  return existsSync(file) ? decodeURIComponent(new URL(readFileSync(file, 'utf8').trim()).password) : null;
}
