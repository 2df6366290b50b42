/**
 * What a runner does about the generations it finds. Pure: every process decides by the same rules, and again under
 * the lock before it acts.
 *
 * - A rebuild is due when nothing is read yet, when what is read is not whole, when it was written by older folds, or
 *   when somebody asked since it was begun.
 * - One generation is built at a time. Newer folds replace what older ones build; older ones wait for newer ones, and
 *   take their place only after a minute in which nobody folded.
 * - A process that starts replaces a generation of newer folds (somebody went back to it). One that is running does
 *   not: it stands by. Where newer folds are still at work they put a stop to it within seconds.
 */
import type { Situation } from './situation';

export interface Folder {
  /** Of its folds. */
  readonly version: number;
  readonly starting: boolean;
}

export type Step = 'none' | 'build' | 'abandon';

export function nextStep(situation: Situation, folder: Folder): Step {
  const { building } = situation;
  const due = isDue(situation, folder);
  if (building === null) return due ? 'build' : 'none';
  if (building.version > folder.version) return due && building.idle ? 'build' : 'none';
  if (building.version === folder.version && building.whole) return 'none';
  return due ? 'build' : 'abandon';
}

function isDue({ rebuild, current }: Situation, { version, starting }: Folder): boolean {
  if (rebuild === null || current === null) return true;
  if (current.version > version) return starting;
  return !current.whole || current.version < version || current.rebuild < rebuild;
}
