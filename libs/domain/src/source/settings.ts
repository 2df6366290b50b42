export type LateDataPolicy = 'hold' | 'apply' | { readonly applyWithinDays: number };

export interface PostgresConnectorSettings {
  readonly type: 'postgres';
  /** Without a password. */
  readonly url: string;
  /** A reference, `env:NAME` or `file:path`: never the password itself. */
  readonly password?: string;
  /** `schema.table`. */
  readonly table: string;
  readonly key: readonly string[];
  readonly day: { readonly column: string; readonly timeZone?: string };
}

export type ConnectorSettings = PostgresConnectorSettings;

export interface CleanerSettings {
  /** Days kept besides today. */
  readonly retentionDays: number;
  /** `HH:MM` or a cron line, in `timeZone` (default the source's). */
  readonly runsAt: string;
  readonly timeZone?: string;
  readonly guardMinutes: number;
}

/** What a person may set of a source. */
export interface SourceSettings {
  readonly name: string;
  /** IANA name: the zone in which days begin and end. */
  readonly timeZone: string;
  readonly pollingIntervalMinutes: number;
  readonly lateData: LateDataPolicy;
  readonly settleDelayMinutes: number;
  readonly connector: ConnectorSettings;
  readonly cleaner: CleanerSettings | null;
}

/** Where the settings say what a copy is of: fixed once anything was copied. */
const identity: readonly (readonly [path: string, pick: (settings: SourceSettings) => unknown])[] = [
  ['timeZone', (s) => s.timeZone],
  ['connector.type', (s) => s.connector.type],
  ['connector.table', (s) => s.connector.table],
  ['connector.key', (s) => s.connector.key],
  ['connector.day', (s) => [s.connector.day.column, s.connector.day.timeZone ?? null]],
];

/** The first setting of the identity that differs, if any. */
export function identityChange(from: SourceSettings, to: SourceSettings): string | undefined {
  return identity.find(([, pick]) => JSON.stringify(pick(from)) !== JSON.stringify(pick(to)))?.[0];
}
