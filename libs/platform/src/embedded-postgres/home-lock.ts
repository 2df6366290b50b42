import { randomBytes } from 'node:crypto';
import { linkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { Fault } from '../faults/fault';
import { hasCode, readText, replaceText } from './files';
import { startOf } from './process-identity';

/** The right to use a home folder. It dies with the process that holds it, however that ends. */
export interface HomeLock {
  /** Gives the right back. May be called twice. */
  readonly release: () => void;
}

interface Owner {
  readonly pid: number;
  readonly start: string;
}

const prefix = 'owner.';

/**
 * Takes the home folder for this process, or throws `HOME_IN_USE` naming the process that has it.
 *
 * The owner is the file `owner.<n>` with the highest n, if the process it names still runs (its number and the instant
 * it started). The highest file is never removed, only followed by a higher one, which the file system lets one process
 * alone create; so two starters that both see a dead owner cannot both succeed it. A starter that looked so long ago
 * that the number it creates had come and gone finds a higher one beside it and starts over. Not protected: two machines,
 * or two containers with process numbers of their own, on one folder.
 */
export function lockHome(directory: string): HomeLock {
  const owner: Owner = { pid: process.pid, start: startOf(process.pid) ?? '' };
  for (;;) {
    const highest = ownersOf(directory).at(-1) ?? 0;
    refuseIfHeld(directory, highest);
    const mine = highest + 1;
    if (!create(directory, mine, owner)) continue;
    const owners = ownersOf(directory);
    if (owners.at(-1) === mine) {
      for (const older of owners.slice(0, -1)) rmSync(fileOf(directory, older), { force: true });
      return { release: () => release(directory, mine) };
    }
    rmSync(fileOf(directory, mine), { force: true });
  }
}

function refuseIfHeld(directory: string, number: number): void {
  const owner = readOwner(readText(fileOf(directory, number)) ?? '');
  if (owner === undefined || startOf(owner.pid) !== owner.start) return;
  throw new Fault('HOME_IN_USE', `Daymark is already running on ${directory}, as process ${owner.pid}.`);
}

/** Written beside and linked, so that nobody ever reads half an owner. */
function create(directory: string, number: number, owner: Owner): boolean {
  const half = join(directory, `.${randomBytes(8).toString('hex')}`);
  writeFileSync(half, JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
  try {
    linkSync(half, fileOf(directory, number));
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(half, { force: true });
  }
}

function release(directory: string, number: number): void {
  if (ownersOf(directory).at(-1) === number) replaceText(fileOf(directory, number), '{}');
}

function ownersOf(directory: string): number[] {
  return readdirSync(directory)
    .filter((name) => /^owner\.\d+$/.test(name))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

function readOwner(text: string): Owner | undefined {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || !('pid' in value) || !('start' in value))
    return undefined;
  const { pid, start } = value;
  return typeof pid === 'number' && typeof start === 'string' ? { pid, start } : undefined;
}

/** A file that a power cut left empty names nobody. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fileOf = (directory: string, number: number): string => join(directory, `${prefix}${number}`);
