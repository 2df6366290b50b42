import { describe, expect, it } from '@jest/globals';
import type { DaymarkEvent } from '@daymark/contracts';
import type { RunRequest } from '@daymark/domain/sync-run';
import { createRunBoard, type RunBoard } from './run-board';

const request: RunRequest = {
  runId: 'r1',
  sourceId: 's1',
  type: 'incremental',
  period: null,
  resync: false,
  dryRun: false,
  trigger: { kind: 'api', actor: 'me', occurrence: null },
  requestedAt: '2026-11-20T12:00:00Z',
};
const told = { runId: 'r1', sourceId: 's1' };
const end = { ...told, days: [], counts: [] };
const queued: DaymarkEvent = { type: 'RunQueued', data: { request } };
const started: DaymarkEvent = { type: 'SyncStarted', data: { ...told, token: '1' } };
const completed: DaymarkEvent = { type: 'SyncCompleted', data: { ...end, period: null } };
const released: DaymarkEvent = { type: 'RunReleased', data: told };

/** The n-th event is n minutes after noon, under an id of its own. */
function boardAfter(...events: readonly DaymarkEvent[]): RunBoard {
  const board = createRunBoard();
  for (const [n, event] of events.entries()) {
    const occurredAt = `2026-11-20T12:0${String(n)}:00Z`;
    board.apply(event, {
      commandId: 'c',
      correlationId: `trace-${String(n)}`,
      actor: 'me',
      occurredAt,
      version: 1,
    });
  }
  return board;
}

describe('the board of runs', () => {
  it('keeps the id of who asked and the first start, whatever comes later', () => {
    expect(boardAfter(queued).get('r1')).toEqual({
      request,
      correlationId: 'trace-0',
      startedAt: null,
      ended: false,
    });
    expect(boardAfter(queued, started, started).get('r1')).toMatchObject({
      correlationId: 'trace-0',
      startedAt: '2026-11-20T12:01:00Z',
    });
  });

  it.each<[string, DaymarkEvent]>([
    ['completed', completed],
    ['failed', { type: 'SyncFailed', data: { ...end, problem: { code: 'X', detail: '' } } }],
    ['cancelled', { type: 'SyncCancelled', data: told }],
  ])('knows a run that is %s until it leaves the queue', (_how, last) => {
    expect(boardAfter(queued, started, last).get('r1')?.ended).toBe(true);
    expect([...boardAfter(queued, started, last, released).all()]).toEqual([]);
  });

  it('knows the last success, and takes no dry run for one', () => {
    expect(boardAfter(queued, started, completed, released).lastSuccess('s1')).toBe('2026-11-20T12:02:00Z');
    const dry: DaymarkEvent = { type: 'RunQueued', data: { request: { ...request, dryRun: true } } };
    expect(boardAfter(dry, started, completed, released).lastSuccess('s1')).toBeUndefined();
  });

  it('passes over what tells of runs that it does not have', () => {
    const board = boardAfter(started, completed, released);
    expect([...board.all(), board.get('r1'), board.lastSuccess('s1')]).toEqual([undefined, undefined]);
  });
});
