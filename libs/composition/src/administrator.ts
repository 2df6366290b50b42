import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '@daymark/platform';
import type { Accounts } from '@daymark/services/admin-gateway';
import { writeSecretFile } from './secret-file';

export interface Administrator {
  readonly created: boolean;
  /** The file that keeps the generated password; null when the password was given. */
  readonly file: string | null;
}

/**
 * Makes the account `administrator` at the first start: with the password given, or with one that is generated and kept
 * in a file. With neither there is none to make: another issuer's tokens are taken then.
 */
export async function ensureAdministrator(
  accounts: Accounts,
  configuration: Configuration,
  generate: (() => string) | null,
): Promise<Administrator> {
  const given = configuration.adminPassword;
  if (given !== undefined) {
    const { created } = await accounts.ensureAdministrator({ password: given.reveal() });
    return { created, file: null };
  }
  if (generate === null) return { created: false, file: null };
  const file = join(configuration.home, 'administrator.password');
  const { created } = await accounts.ensureAdministrator({
    generate: () => Promise.resolve(keptPassword(file) ?? keep(file, generate())),
  });
  return { created, file: existsSync(file) ? file : null };
}

function keptPassword(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function keep(file: string, password: string): string {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  writeSecretFile(file, password);
  return password;
}
