import { join } from 'node:path';
import type { SourceSettings } from '@daymark/domain/source';
import { resolveSecret, type Configuration, type Scrubber } from '@daymark/platform';
import type { SourceConnector } from '@daymark/sources';
import { createPostgresConnector } from '@daymark/sources/postgres';

/** Where `file:` references are looked for. */
export function secretsDirectory(configuration: Configuration): string {
  return configuration.secretsDirectory ?? join(configuration.home, 'secrets');
}

/** The connector of each source; its secrets are resolved at each use and kept out of every log line. */
export function connectors(
  configuration: Configuration,
  environment: Readonly<Record<string, string | undefined>>,
  scrubber: Scrubber,
): (settings: SourceSettings) => SourceConnector {
  const rules = {
    names: configuration.secretNames,
    directory: secretsDirectory(configuration),
    env: environment,
  };
  return ({ connector, timeZone }) => {
    const { url, table, key, day, password } = connector;
    const settings = { url, table, key, day, timeZone };
    if (password === undefined) return createPostgresConnector(settings);
    return createPostgresConnector({
      ...settings,
      password: async () => {
        const value = (await resolveSecret(password, rules)).reveal();
        scrubber.registerSecret(value);
        return value;
      },
    });
  };
}
