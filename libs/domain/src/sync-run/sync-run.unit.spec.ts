import { describe, expect, it } from '@jest/globals';
import { storyOf } from '../../test/given';
import { commands, dayOf, end, events, problem, requestOf, runId, sourceId } from '../../test/runs';
import { decideSyncRun } from './decide';
import { evolveSyncRun, initialSyncRun } from './state';

const given = storyOf({ initial: initialSyncRun, evolve: evolveSyncRun, decide: decideSyncRun });
const { SyncRequested, SyncStarted, SyncResumed, DaySynchronized, SyncCancelRequested } = events;

describe('a run', () => {
  it('is asked for once; a retry of the request changes nothing', () => {
    given().when(commands.RequestRun).then(SyncRequested);
    given(SyncRequested).when(commands.RequestRun).thenNothing();
  });

  it('that also takes sealed days is asked for by another name', () => {
    const request = requestOf({
      type: 'day',
      period: { from: '2026-11-01', to: '2026-11-01' },
      resync: true,
    });
    given().when({ type: 'RequestRun', request }).then({ type: 'ResyncRequested', data: request });
  });

  it('is taken over by whoever holds a newer token, and counts it', () => {
    given(SyncRequested, SyncStarted).when({ type: 'StartRun', token: 'second' }).then(SyncResumed);
    given(SyncRequested, SyncStarted, SyncResumed)
      .when({ type: 'StartRun', token: 'third' })
      .then({ type: 'SyncResumed', data: { runId, sourceId, token: 'third', attempt: 3 } });
  });

  it('records a committed day once, though it is offered again after a crash', () => {
    const days = [dayOf('2026-11-20'), dayOf('2026-11-21'), dayOf('2026-11-22')];
    given(SyncRequested, SyncStarted, DaySynchronized, SyncResumed)
      .when({ type: 'RecordDays', days })
      .then({ type: 'DaySynchronized', data: days[0]! }, { type: 'DaySynchronized', data: days[2]! });
  });

  it('records a day once that one command names twice', () => {
    const days = [dayOf('2026-11-20'), dayOf('2026-11-20')];
    given(SyncRequested, SyncStarted)
      .when({ type: 'RecordDays', days })
      .then({ type: 'DaySynchronized', data: days[0]! });
  });

  it('tells with its end what was only looked at, and what is left', () => {
    given(SyncRequested, SyncStarted)
      .when(commands.CompleteRun)
      .then({ type: 'SyncCompleted', data: { runId, sourceId, period: null, ...end } });
    given(SyncRequested, SyncStarted)
      .when(commands.FailRun)
      .then({ type: 'SyncFailed', data: { runId, sourceId, problem, ...end } });
  });

  it('that is cancelled while it waits is cancelled at once', () => {
    given(SyncRequested).when(commands.CancelRun).then(events.SyncCancelled);
  });

  it('that is cancelled while it works ends at its next step, with all its committed days', () => {
    const cancelling = [SyncRequested, SyncStarted, SyncCancelRequested];
    given(SyncRequested, SyncStarted).when(commands.CancelRun).then(SyncCancelRequested);
    given(...cancelling)
      .when(commands.RecordDays)
      .then({ type: 'DaySynchronized', data: dayOf('2026-11-22') });
    given(...cancelling)
      .when(commands.CompleteRun)
      .then(events.SyncCancelled);
    given(...cancelling)
      .when(commands.FailRun)
      .then(events.SyncCancelled);
  });

  it('stays cancelling when another holder takes over, and when its start is told late', () => {
    const cancelling = [SyncRequested, SyncStarted, DaySynchronized, SyncCancelRequested];
    expect(given(...cancelling, SyncResumed).state).toMatchObject({ status: 'cancelling', attempts: 2 });
    expect(given(...cancelling, SyncStarted).state).toEqual(given(...cancelling).state);
  });

  it('that ended cannot be started or cancelled, and lets late news pass', () => {
    for (const last of [events.SyncCompleted, events.SyncFailed, events.SyncCancelled]) {
      const ended = given(SyncRequested, SyncStarted, last);
      ended.when(commands.StartRun).thenRejected('RUN_FINISHED');
      ended.when(commands.CancelRun).thenRejected('RUN_FINISHED');
      ended.when(commands.RecordDays).thenNothing();
      ended.when(commands.FailRun).thenNothing();
    }
  });
});
