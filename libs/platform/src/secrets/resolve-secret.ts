import { readFile, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

import { type Secret, secret } from '../config/secret';
import { Fault } from '../faults/fault';

/** What references may reach. */
export interface SecretRules {
  /** The variables that may be read. */
  readonly names: readonly string[];
  /** The folder whose files may be read; none when undefined. */
  readonly directory: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file as text; replaced in tests. */
  readonly readFile?: (path: string) => Promise<string>;
}

const read = (path: string): Promise<string> => readFile(path, 'utf8');

/**
 * The value of `env:NAME` or `file:path` (relative to the secrets folder, or absolute inside it), read now: call it at
 * each use, so that a rotated secret is found. One line break at the end of a file is not part of the value.
 *
 * Rejects with `SECRET_REFERENCE_INVALID` (neither form; the text is not repeated, as it may be the secret itself),
 * `SECRET_NOT_ALLOWED` (a name not listed, a file outside the folder by whatever way: `..`, an absolute path, a link) or
 * `SECRET_NOT_FOUND` (absent or empty).
 */
export async function resolveSecret(reference: string, rules: SecretRules): Promise<Secret> {
  const [, kind, rest = ''] = /^(env|file):(.+)$/.exec(reference) ?? [];
  if (kind === 'env') return fromEnvironment(rest, rules);
  if (kind === 'file') return fromFile(rest, rules);
  throw new Fault('SECRET_REFERENCE_INVALID', 'A secret must be given as env:NAME or file:path.');
}

function fromEnvironment(name: string, { names, env }: SecretRules): Secret {
  if (!names.includes(name)) {
    throw new Fault('SECRET_NOT_ALLOWED', `env:${name} is not among the names in DAYMARK_SECRET_NAMES.`);
  }
  return found(env[name], `env:${name}`);
}

async function fromFile(path: string, rules: SecretRules): Promise<Secret> {
  const { directory } = rules;
  if (directory === undefined) {
    throw new Fault('SECRET_NOT_ALLOWED', `file:${path} cannot be read: DAYMARK_SECRETS_DIR is not set.`);
  }
  const wanted = resolve(directory, path);
  refuseOutside(wanted, resolve(directory), path);
  // The links are followed before the second look, and it is their end that is read.
  const real = await existing(wanted, path);
  refuseOutside(real, await existing(directory, path), path);
  const text = await (rules.readFile ?? read)(real).catch((cause: unknown) => refuseMissing(path, cause));
  return found(text.replace(/\r?\n$/, ''), `file:${path}`);
}

function refuseOutside(place: string, directory: string, path: string): void {
  if (place.startsWith(directory + sep)) return;
  throw new Fault('SECRET_NOT_ALLOWED', `file:${path} lies outside DAYMARK_SECRETS_DIR.`);
}

function existing(place: string, path: string): Promise<string> {
  return realpath(place).catch((cause: unknown) => refuseMissing(path, cause));
}

function refuseMissing(path: string, cause: unknown): never {
  throw new Fault('SECRET_NOT_FOUND', `file:${path} cannot be read.`, { cause });
}

function found(value: string | undefined, reference: string): Secret {
  if (value === undefined || value === '') {
    throw new Fault('SECRET_NOT_FOUND', `${reference} is absent or empty.`);
  }
  return secret(value);
}
