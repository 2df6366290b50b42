import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { commands, dayOf, events } from '../../test/runs';
import type { SyncRunCommand } from './commands';
import { decideSyncRun } from './decide';
import type { SyncRunEvent } from './events';
import { evolveSyncRun, initialSyncRun, isFinished, type SyncRunState } from './state';

const day = fc.constantFrom('2026-11-20', '2026-11-21', '2026-11-22');
const token = fc.constantFrom('a', 'b', 'c');

const event: fc.Arbitrary<SyncRunEvent> = fc.oneof(
  fc.constantFrom(...Object.values(events)),
  day.map((each): SyncRunEvent => ({ type: 'DaySynchronized', data: dayOf(each) })),
);
const command: fc.Arbitrary<SyncRunCommand> = fc.oneof(
  fc.constantFrom(...Object.values(commands)),
  token.map((each): SyncRunCommand => ({ type: 'StartRun', token: each })),
  fc.tuple(token, fc.integer({ min: 1, max: 6 })).map(([each, attempt]): SyncRunCommand => ({
    type: 'ResumeRun',
    token: each,
    attempt,
  })),
  fc.array(day).map((days): SyncRunCommand => ({ type: 'RecordDays', days: days.map(dayOf) })),
);

/** What a stream would hold after the commands, each decided on what stood before it. */
function lived(asked: readonly SyncRunCommand[]): { history: SyncRunEvent[]; states: SyncRunState[] } {
  const history: SyncRunEvent[] = [];
  const states: SyncRunState[] = [initialSyncRun];
  for (const each of asked) {
    const decision = decideSyncRun(each, states.at(-1)!);
    for (const next of decision.kind === 'accepted' ? decision.events : []) {
      history.push(next);
      states.push(evolveSyncRun(states.at(-1)!, next));
    }
  }
  return { history, states };
}

describe('whatever happens to a run', () => {
  it('evolve takes any events in any order, and decide answers any command after them', () => {
    fc.assert(
      fc.property(fc.array(event), command, (history, asked) => {
        const state = history.reduce(evolveSyncRun, initialSyncRun);
        const decision = decideSyncRun(asked, state);
        if (decision.kind === 'accepted') expect(decision.events.length).toBeGreaterThan(0);
      }),
    );
  });

  it('every accepted event changes the state', () => {
    fc.assert(
      fc.property(fc.array(event), command, (history, asked) => {
        const state = history.reduce(evolveSyncRun, initialSyncRun);
        const decision = decideSyncRun(asked, state);
        if (decision.kind !== 'accepted') return;
        let before = state;
        for (const each of decision.events) {
          const after = evolveSyncRun(before, each);
          expect(after).not.toEqual(before);
          before = after;
        }
      }),
    );
  });

  it('the same command again, right after it was accepted, appends nothing', () => {
    fc.assert(
      fc.property(fc.array(command), command, (before, asked) => {
        const once = lived([...before, asked]).history;
        expect(lived([...before, asked, asked]).history).toEqual(
          // Giving up twice is one step further: the wish to cancel, then the end.
          asked.type === 'CompleteRun' || asked.type === 'FailRun' ? expect.arrayContaining(once) : once,
        );
      }),
    );
  });

  it('a day is recorded at most once, attempts only grow, and an end is final', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 40 }), (asked) => {
        const { history, states } = lived(asked);
        const days = history.flatMap((each) => (each.type === 'DaySynchronized' ? [each.data.day] : []));
        expect(new Set(days).size).toBe(days.length);
        const attempts = states.flatMap((state) => ('attempts' in state ? [state.attempts] : []));
        expect([...attempts].sort((a, b) => a - b)).toEqual(attempts);
        const ended = states.findIndex(({ status }) => isFinished(status));
        if (ended >= 0) expect(states.slice(ended)).toHaveLength(1);
      }),
    );
  });
});
