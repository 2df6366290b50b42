/** What each service is given, held against what it reads. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfiguration } from '@daymark/platform';

/** The four services, in no order: each can start before the others. */
export const services = ['source-polling', 'sync-execution', 'scheduling', 'admin-gateway'] as const;
/** Stopping may take a service so long, in seconds. */
export const stoppingSeconds = 25;
export const port = 3000;

/** A variable, by its value, or by where a secret value is kept. */
export type Given = { readonly value: string } | { readonly secret: string };
export type Environment = Readonly<Record<string, Given>>;

const ofEvery: readonly (readonly string[])[] = [['DATABASE_URL'], ['NATS_URL']];
/** One of each group must be there. */
const needs: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'source-polling': [...ofEvery, ['DAYMARK_SECRETS_DIR']],
  'sync-execution': [...ofEvery, ['DAYMARK_SECRETS_DIR']],
  scheduling: ofEvery,
  'admin-gateway': [...ofEvery, ['DAYMARK_ADMIN_PASSWORD', 'DAYMARK_JWT_ISSUER']],
  standalone: [['DATABASE_URL'], ['DAYMARK_ADMIN_PASSWORD', 'DAYMARK_JWT_ISSUER']],
};
export const apps = Object.keys(needs);

/** Values of the right shape, where only the name of the secret is known. */
const examples: Readonly<Record<string, string>> = {
  DATABASE_URL: 'postgresql://user:password@host:5432/database',
  NATS_URL: 'nats://user:password@host:4222',
};
const example = 'an example of a secret';

/** Names that hold secrets, ours and those of the images beside us. */
export const isSecret = (name: string): boolean =>
  name in examples || /PASSWORD|SECRET_KEY|TOKEN$/.test(name);

/** Every variable of the reference page, which is made from the code. */
export function knownVariables(root: string): string[] {
  const page = readFileSync(join(root, 'docs/configuration.md'), 'utf8');
  return [...page.matchAll(/^## `(\w+)`$/gm)].map(([, name = '']) => name);
}

/** What is wrong with the environment of one of our apps. */
export function environmentProblems(app: string, given: Environment, known: readonly string[]): string[] {
  const isThere = (name: string) => {
    const variable = given[name];
    return variable !== undefined && !('value' in variable && variable.value === '');
  };
  const value = (name: string) => {
    const variable = given[name];
    return variable !== undefined && 'value' in variable ? variable.value : undefined;
  };
  return [
    ...Object.keys(given)
      .filter((name) => !known.includes(name))
      .map((name) => `${name} is not a variable that Daymark knows`),
    ...(needs[app] ?? [['an app of that name']])
      .filter((group) => !group.some(isThere))
      .map((group) => `${group.join(' or ')} is missing`),
    ...(value('HOST') === '0.0.0.0' ? [] : ['HOST is not 0.0.0.0: nobody could reach it']),
    ...(value('PORT') === String(port) ? [] : [`PORT is not ${port}`]),
    ...unusable(given),
  ];
}

function unusable(given: Environment): string[] {
  const environment = Object.entries(given).map(([name, variable]) => [
    name,
    'value' in variable ? variable.value : (examples[name] ?? example),
  ]);
  try {
    readConfiguration(Object.fromEntries(environment) as Record<string, string>);
    return [];
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [String(error)];
  }
}
