import { describe, expect, it } from '@jest/globals';
import { commands, dayOf, events } from '../../test/runs';
import type { SyncRunCommand } from './commands';
import { decideSyncRun } from './decide';
import type { SyncRunEvent } from './events';
import { evolveSyncRun, initialSyncRun, type SyncRunStatus } from './state';

/** The command; the same said again, by the holder that has the run, of a day that is recorded; by a holder that had it. */
type Case =
  | SyncRunCommand['type']
  | 'StartRun again'
  | 'ResumeRun again'
  | 'RecordDays again'
  | 'ResumeRun, taken over'
  | 'CompleteRun, taken over'
  | 'FailRun, taken over';
type Outcome = SyncRunStatus | 'ignored' | 'RUN_UNKNOWN' | 'RUN_NOT_STARTED' | 'RUN_FINISHED';

const finished: Record<Case, Outcome> = {
  RequestRun: 'ignored',
  StartRun: 'RUN_FINISHED',
  'StartRun again': 'RUN_FINISHED',
  ResumeRun: 'ignored',
  'ResumeRun again': 'ignored',
  RecordDays: 'ignored',
  'RecordDays again': 'ignored',
  CompleteRun: 'ignored',
  FailRun: 'ignored',
  CancelRun: 'RUN_FINISHED',
  'ResumeRun, taken over': 'ignored',
  'CompleteRun, taken over': 'ignored',
  'FailRun, taken over': 'ignored',
};

/** The table of SPEC.md. */
const table: Record<SyncRunStatus, Record<Case, Outcome>> = {
  none: {
    RequestRun: 'requested',
    StartRun: 'RUN_UNKNOWN',
    'StartRun again': 'RUN_UNKNOWN',
    ResumeRun: 'RUN_UNKNOWN',
    'ResumeRun again': 'RUN_UNKNOWN',
    RecordDays: 'RUN_UNKNOWN',
    'RecordDays again': 'RUN_UNKNOWN',
    CompleteRun: 'RUN_UNKNOWN',
    FailRun: 'RUN_UNKNOWN',
    CancelRun: 'RUN_UNKNOWN',
    'ResumeRun, taken over': 'RUN_UNKNOWN',
    'CompleteRun, taken over': 'RUN_UNKNOWN',
    'FailRun, taken over': 'RUN_UNKNOWN',
  },
  requested: {
    RequestRun: 'ignored',
    StartRun: 'running',
    'StartRun again': 'running',
    ResumeRun: 'RUN_NOT_STARTED',
    'ResumeRun again': 'RUN_NOT_STARTED',
    RecordDays: 'RUN_NOT_STARTED',
    'RecordDays again': 'RUN_NOT_STARTED',
    CompleteRun: 'RUN_NOT_STARTED',
    FailRun: 'failed',
    CancelRun: 'cancelled',
    'ResumeRun, taken over': 'RUN_NOT_STARTED',
    'CompleteRun, taken over': 'RUN_NOT_STARTED',
    'FailRun, taken over': 'failed',
  },
  running: {
    RequestRun: 'ignored',
    StartRun: 'running',
    'StartRun again': 'ignored',
    ResumeRun: 'running',
    'ResumeRun again': 'ignored',
    RecordDays: 'running',
    'RecordDays again': 'ignored',
    CompleteRun: 'succeeded',
    FailRun: 'failed',
    CancelRun: 'cancelling',
    'ResumeRun, taken over': 'ignored',
    'CompleteRun, taken over': 'ignored',
    'FailRun, taken over': 'ignored',
  },
  cancelling: {
    RequestRun: 'ignored',
    StartRun: 'cancelling',
    'StartRun again': 'ignored',
    ResumeRun: 'cancelling',
    'ResumeRun again': 'ignored',
    RecordDays: 'cancelling',
    'RecordDays again': 'ignored',
    CompleteRun: 'cancelled',
    FailRun: 'cancelled',
    CancelRun: 'ignored',
    'ResumeRun, taken over': 'ignored',
    'CompleteRun, taken over': 'ignored',
    'FailRun, taken over': 'ignored',
  },
  succeeded: finished,
  failed: finished,
  cancelled: finished,
};

const running = [events.SyncRequested, events.SyncStarted, events.DaySynchronized];
const histories: Record<SyncRunStatus, readonly SyncRunEvent[]> = {
  none: [],
  requested: [events.SyncRequested],
  running,
  cancelling: [...running, events.SyncCancelRequested],
  succeeded: [...running, events.SyncCompleted],
  failed: [...running, events.SyncFailed],
  cancelled: [...running, events.SyncCancelRequested, events.SyncCancelled],
};

const asked: Record<Case, SyncRunCommand> = {
  ...commands,
  'StartRun again': { type: 'StartRun', token: 'first' },
  'ResumeRun again': { type: 'ResumeRun', token: 'first', attempt: 1 },
  'RecordDays again': { type: 'RecordDays', days: [dayOf('2026-11-21')] },
  'ResumeRun, taken over': { ...commands.ResumeRun, token: 'former' },
  'CompleteRun, taken over': { ...commands.CompleteRun, token: 'former' },
  'FailRun, taken over': { ...commands.FailRun, token: 'former' },
};

const cells = Object.entries(table).flatMap(([status, row]) =>
  Object.entries(row).map(([name, outcome]) => ({
    status: status as SyncRunStatus,
    name: name as Case,
    outcome,
  })),
);

describe('the table of a run', () => {
  it.each(cells)('$status, $name: $outcome', ({ status, name, outcome }) => {
    const state = histories[status].reduce(evolveSyncRun, initialSyncRun);
    expect(state.status).toBe(status);
    const decision = decideSyncRun(asked[name], state);
    if (decision.kind === 'accepted') {
      expect(decision.events.length).toBeGreaterThan(0);
      expect(decision.events.reduce(evolveSyncRun, state).status).toBe(outcome);
    } else {
      expect(decision.kind === 'rejected' ? decision.code : decision.kind).toBe(outcome);
    }
  });
});
