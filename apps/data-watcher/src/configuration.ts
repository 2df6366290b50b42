import { defaultRates, type Rates } from './tick';
import { DEFAULT_RETENTION_DAYS } from './watcher';

export interface Configuration {
  /** A connection string; it may hold a password and is never printed. */
  readonly databaseUrl: string;
  readonly schema: string;
  readonly timeZone: string;
  readonly seed: string;
  readonly everySeconds: number;
  readonly retentionDays: number;
  readonly rates: Rates;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const prefix = 'DATA_WATCHER_';

/** Reads every variable and names every one that is wrong or unknown, without its value. */
export function readConfiguration(
  environment: Environment,
): Configuration | { readonly problems: readonly string[] } {
  const problems: string[] = [];
  const known = new Set<string>();

  const text = (
    name: string,
    fallback: string | undefined,
    check: (value: string) => string | undefined,
  ): string => {
    known.add(prefix + name);
    const given = environment[prefix + name];
    const value = given === undefined || given === '' ? fallback : given;
    const problem = value === undefined ? 'is missing' : check(value);
    if (problem !== undefined) problems.push(`${prefix}${name} ${problem}`);
    return value ?? '';
  };
  const number = (name: string, fallback: number, [low, high]: readonly [number, number]): number =>
    Number(text(name, String(fallback), (value) => numberProblem(value, low, high)));

  const configuration: Configuration = {
    databaseUrl: text('DATABASE_URL', undefined, urlProblem),
    schema: text('SCHEMA', 'public', schemaProblem),
    timeZone: text('TIME_ZONE', 'Europe/Rome', zoneProblem),
    seed: text('SEED', 'daymark', () => undefined),
    everySeconds: number('EVERY_SECONDS', 5, [0.05, 3_600]),
    retentionDays: number('RETENTION_DAYS', DEFAULT_RETENTION_DAYS, [0, 3_650]),
    rates: {
      flowsPerMinute: number('FLOWS_PER_MINUTE', defaultRates.flowsPerMinute, [0, 6_000]),
      latePerHour: number('LATE_PER_HOUR', defaultRates.latePerHour, [0, 36_000]),
      correctionsPerHour: number('CORRECTIONS_PER_HOUR', defaultRates.correctionsPerHour, [0, 36_000]),
      deletionsPerHour: number('DELETIONS_PER_HOUR', defaultRates.deletionsPerHour, [0, 36_000]),
    },
  };
  if (!Number.isInteger(configuration.retentionDays)) problems.push(`${prefix}RETENTION_DAYS must be whole`);
  for (const name of Object.keys(environment)) {
    if (name.startsWith(prefix) && !known.has(name)) problems.push(`${name} is unknown`);
  }
  return problems.length > 0 ? { problems } : configuration;
}

function numberProblem(value: string, low: number, high: number): string | undefined {
  const number = Number(value);
  return number >= low && number <= high ? undefined : `must be a number from ${low} to ${high}`;
}

function urlProblem(value: string): string | undefined {
  const legal = URL.canParse(value) && ['postgres:', 'postgresql:'].includes(new URL(value).protocol);
  return legal ? undefined : 'must be a postgresql:// URL';
}

function schemaProblem(value: string): string | undefined {
  return /^[a-z_][a-z0-9_]{0,62}$/.test(value) ? undefined : 'must be a plain lower-case name';
}

function zoneProblem(value: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return undefined;
  } catch {
    return 'must be the name of a time zone, such as Europe/Rome';
  }
}
