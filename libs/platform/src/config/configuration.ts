import { Fault } from '../faults/fault';
import { type Field, fields } from './fields';
import { type Schemas, schemasOf } from './namespace';

type Values = { readonly [K in keyof typeof fields]: (typeof fields)[K] extends Field<infer T> ? T : never };

/** Everything that is configured, checked and frozen. Made once, in the shell, and handed down. */
export interface Configuration extends Omit<Values, 'demo'> {
  readonly demo: boolean;
  readonly schemas: Schemas;
}

/** The exit code of a shell whose configuration cannot be used (EX_CONFIG). */
export const EXIT_CONFIGURATION = 78;

/** Variables that a shell cannot do without; of each group one must be given. */
export type Needs = readonly (readonly string[])[];

/** Variables of the test runs, which a process started by a test inherits. */
const ofTests = 'DAYMARK_TEST_';

/**
 * Reads the configuration from an environment. An empty variable counts as absent. A variable that begins with `DAYMARK_`
 * and is not known is refused: it is most likely a misspelt one, and a setting that is silently ignored is worse.
 *
 * Throws `CONFIGURATION_INVALID` with every problem found, a line each, without the value of any secret.
 */
export function readConfiguration(
  environment: Readonly<Record<string, string | undefined>>,
  needs: Needs = [],
): Configuration {
  const problems = [...unknownVariables(environment), ...missingVariables(environment, needs)];
  const entries = Object.entries<Field<unknown>>(fields).map(([name, field]) => {
    const text = environment[field.variable] ?? '';
    if (text === '') return [name, field.absent()];
    const reading = field.read(text);
    if ('value' in reading) return [name, reading.value];
    problems.push(`${field.variable} ${field.secret ? '' : 'cannot be used: '}${reading.problem}`);
    return [name, undefined];
  });
  const values = Object.fromEntries(entries) as Values;
  problems.push(...halfAnIssuer(values));
  if (problems.length > 0) throw new Fault('CONFIGURATION_INVALID', problems.join('\n'));
  const demo = values.demo ?? values.databaseUrl === undefined;
  return Object.freeze({ ...values, demo, schemas: Object.freeze(schemasOf(values.namespace)) });
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set(Object.values<Field<unknown>>(fields).map(({ variable }) => variable));
  return Object.keys(environment)
    .filter((name) => name.startsWith('DAYMARK_') && !name.startsWith(ofTests) && !known.has(name))
    .sort()
    .map((name) => `${name} is not a variable that Daymark knows`);
}

function missingVariables(environment: Readonly<Record<string, string | undefined>>, needs: Needs): string[] {
  return needs
    .filter((group) => group.every((variable) => (environment[variable] ?? '') === ''))
    .map((group) => `${group.join(' or ')} is missing: this service cannot do without`);
}

/** Tokens are checked against all three, or there is no issuer. */
function halfAnIssuer({ jwtIssuer, jwtAudience, jwtJwksUrl }: Values): string[] {
  const parts: readonly (readonly [Field<unknown>, unknown])[] = [
    [fields.jwtIssuer, jwtIssuer],
    [fields.jwtAudience, jwtAudience],
    [fields.jwtJwksUrl, jwtJwksUrl],
  ];
  const missing = parts.filter(([, value]) => value === undefined).map(([{ variable }]) => variable);
  if (missing.length === 0 || missing.length === parts.length) return [];
  return missing.map(
    (variable) => `${variable} is missing: issuer, audience and JWKS address belong together`,
  );
}
