import { spawnSync } from 'node:child_process';

import { readText } from './files';

const STATE_FIELD = 0;
const START_FIELD = 19;

/**
 * What tells one process from a later one with the same number: the boot and the instant it was started in. Undefined
 * for a process that is not there, or that has ended and only waits to be reaped.
 */
export function startOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startFromProc(pid) : answerOfPs(pid, 'lstart');
}

function startFromProc(pid: number): string | undefined {
  // The command in parentheses may itself hold spaces and parentheses: what follows the last one is regular.
  const fields = readText(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ') ?? [];
  const state = fields[STATE_FIELD];
  if (state === undefined || state === 'Z' || state === 'X') return undefined;
  return `${readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}/${fields[START_FIELD] ?? ''}`;
}

/** Whether a process runs: false for one that has ended but was not reaped. */
export const isRunning = (pid: number): boolean => startOf(pid) !== undefined;

/** The command line of a process, its words joined by spaces; undefined when it is not there. */
export function commandLineOf(pid: number): string | undefined {
  if (process.platform !== 'linux') return answerOfPs(pid, 'command');
  return readText(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ');
}

function answerOfPs(pid: number, column: string): string | undefined {
  const { stdout } = spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() === '' ? undefined : stdout.trim();
}
