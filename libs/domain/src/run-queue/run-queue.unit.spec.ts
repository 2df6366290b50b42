import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { requestOf, sourceId } from '../../test/runs';
import type { RunRequest } from '../sync-run';
import {
  answeredBy,
  decideToQueue,
  decideToRelease,
  evolveRunQueue,
  initialRunQueue,
  type RunQueueEvent,
  type RunQueueState,
} from '.';

const queued = (request: RunRequest): RunQueueEvent => ({ type: 'RunQueued', data: { request } });
const released = (runId: string): RunQueueEvent => ({ type: 'RunReleased', data: { runId, sourceId } });
const after = (...history: RunQueueEvent[]): RunQueueState => history.reduce(evolveRunQueue, initialRunQueue);
const range = (runId: string, from: string, to: string, over: Partial<RunRequest> = {}): RunRequest =>
  requestOf({ runId, type: 'range', period: { from, to }, ...over });

const running = range('running', '2026-11-01', '2026-11-10');
const waiting = range('waiting', '2026-11-05', '2026-11-20');

describe('the queue of a source', () => {
  it('takes a request that nobody answers; the head is the one that runs', () => {
    expect(decideToQueue(running, initialRunQueue)).toEqual({ kind: 'accepted', events: [queued(running)] });
    const both = after(queued(running), queued(waiting));
    expect(both.runs.map(({ runId }) => runId)).toEqual(['running', 'waiting']);
    expect(after(queued(running), queued(waiting), released('running')).runs).toEqual([waiting]);
  });

  it('answers with the running one what that covers, and with a waiting one only what is equal', () => {
    const state = after(queued(running), queued(waiting));
    expect(answeredBy(range('new', '2026-11-02', '2026-11-03'), state)?.runId).toBe('running');
    expect(answeredBy(range('new', '2026-11-05', '2026-11-20'), state)?.runId).toBe('waiting');
    expect(answeredBy(range('new', '2026-11-12', '2026-11-13'), state)).toBeUndefined();
    expect(answeredBy(range('new', '2026-11-02', '2026-11-03', { dryRun: true }), state)).toBeUndefined();
    expect(answeredBy(range('new', '2026-11-02', '2026-11-03', { resync: true }), state)).toBeUndefined();
    expect(answeredBy(requestOf({ runId: 'new' }), state)).toBeUndefined();
  });

  it('answers a retry with the run itself, though the running one would cover it', () => {
    const inside = range('inside', '2026-11-02', '2026-11-03');
    const state = after(queued(inside), queued(running), released('inside'), queued(inside));
    expect(answeredBy(inside, state)?.runId).toBe('inside');
    expect(decideToQueue(inside, state).kind).toBe('ignored');
  });

  it('releases once', () => {
    const release = { runId: 'running', sourceId };
    expect(decideToRelease(release, after(queued(running)))).toEqual({
      kind: 'accepted',
      events: [released('running')],
    });
    expect(decideToRelease(release, after(queued(running), released('running'))).kind).toBe('ignored');
    expect(decideToRelease(release, initialRunQueue).kind).toBe('ignored');
  });

  it('holds each run once, in the order of asking, whatever is appended', () => {
    const runId = fc.constantFrom('a', 'b', 'c', 'd');
    const event = fc.oneof(
      runId.map((id) => queued(requestOf({ runId: id }))),
      runId.map(released),
    );
    fc.assert(
      fc.property(fc.array(event), (history) => {
        const ids = after(...history).runs.map((run) => run.runId);
        expect(new Set(ids).size).toBe(ids.length);
        const lastReleased = (id: string): number =>
          history.findLastIndex((each) => each.type === 'RunReleased' && each.data.runId === id);
        const askedAt = (id: string): number =>
          history.findIndex(
            (each, index) =>
              index > lastReleased(id) && each.type === 'RunQueued' && each.data.request.runId === id,
          );
        expect([...ids].sort((a, b) => askedAt(a) - askedAt(b))).toEqual(ids);
      }),
    );
  });

  it('never holds two that are the same work, when each is decided', () => {
    const request = fc
      .tuple(fc.nat(2), fc.nat(2), fc.boolean(), fc.uuid())
      .map(([from, more, dryRun, id]) =>
        range(id, `2026-11-0${String(1 + from)}`, `2026-11-0${String(1 + from + more)}`, { dryRun }),
      );
    fc.assert(
      fc.property(fc.array(request), (asked) => {
        const state = asked.reduce((queue: RunQueueState, each) => {
          const decision = decideToQueue(each, queue);
          return decision.kind === 'accepted' ? decision.events.reduce(evolveRunQueue, queue) : queue;
        }, initialRunQueue);
        const work = state.runs.map(({ period, dryRun }) => JSON.stringify([period, dryRun]));
        expect(new Set(work).size).toBe(work.length);
      }),
    );
  });
});
