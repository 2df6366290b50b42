import { ElementsFault } from '@daymark/elements';
import { EventLogFault } from '@daymark/event-log';
import { SourceFault } from '@daymark/sources';
import type { RunProblem } from '@daymark/domain/sync-run';

/** What a fault means for a run: sit it out, give this day up, give the run up, or step back for another holder. */
export type Verdict = 'transient' | 'day' | 'permanent' | 'fenced';

const ofOneDay = new Set([
  'DAY_DIGEST_MISMATCH',
  'DAY_ROW_REFUSED',
  'DAY_SHRANK',
  'SOURCE_KEYS_NOT_UNIQUE',
  'SOURCE_KEY_NULL',
]);

export function verdictOf(fault: unknown): Verdict {
  if (fault instanceof ElementsFault) {
    if (fault.code === 'RUN_FENCED') return 'fenced';
    if (ofOneDay.has(fault.code)) return 'day';
    return fault.retryable ? 'transient' : 'permanent';
  }
  if (fault instanceof SourceFault) return fault.retryable ? 'transient' : 'permanent';
  if (fault instanceof EventLogFault) return fault.retryable ? 'transient' : 'permanent';
  return 'permanent';
}

/** True where a session was ended by something else that went wrong with it: the cause is told elsewhere. */
export function isSpent(fault: unknown): boolean {
  return fault instanceof SourceFault && fault.code === 'SOURCE_SESSION_CLOSED';
}

/** The fault in words that may be shown and recorded: only faults that have a name speak for themselves. */
export function problemOf(fault: unknown): RunProblem {
  if (fault instanceof ElementsFault || fault instanceof SourceFault || fault instanceof EventLogFault) {
    return { code: fault.code, detail: fault.message };
  }
  return {
    code: 'RUN_BROKE',
    detail: 'The run met a fault that has no name; the log of the service tells more.',
  };
}
