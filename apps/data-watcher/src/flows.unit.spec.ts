import { describe, expect, it } from '@jest/globals';
import { type DayBounds, flowsOfDay, flowsUntil } from './flows';

const hour = 3_600_000;
const startsAt = Date.parse('2026-11-17T23:00:00Z');
const wednesday: DayBounds = { day: '2026-11-18', weekday: 3, startsAt, endsAt: startsAt + 24 * hour };
const sunday: DayBounds = { ...wednesday, day: '2026-11-22', weekday: 7 };

describe('the flows of a day', () => {
  it('are a function of seed and day', () => {
    expect(flowsOfDay('s', wednesday)).toEqual(flowsOfDay('s', wednesday));
    expect(flowsOfDay('s', wednesday)[0]).not.toEqual(flowsOfDay('t', wednesday)[0]);
  });

  it('are as many as such a day has', () => {
    expect(flowsOfDay('s', wednesday).length).toBeGreaterThan(1_250);
    expect(flowsOfDay('s', wednesday).length).toBeLessThanOrEqual(2_000);
    expect(flowsOfDay('s', sunday).length).toBeLessThanOrEqual(450);
  });

  it('start on that day, in order, also when it has 23 or 25 hours', () => {
    for (const hours of [23, 24, 25]) {
      const bounds = { ...wednesday, endsAt: startsAt + hours * hour };
      const starts = flowsOfDay('s', bounds).map((flow) => Date.parse(flow.startedAt));
      expect(starts).toEqual(starts.toSorted((a, b) => a - b));
      expect(starts[0]).toBeGreaterThanOrEqual(startsAt);
      expect(starts.at(-1)).toBeLessThan(bounds.endsAt);
      expect(starts.at(-1)).toBeGreaterThan(bounds.endsAt - 2 * hour);
    }
  });

  it('come in a rhythm: more in working hours than before dawn', () => {
    const inHours = (from: number, to: number): number =>
      flowsOfDay('s', wednesday).filter(({ startedAt }) => {
        const at = (Date.parse(startedAt) - startsAt) / hour;
        return at >= from && at < to;
      }).length;
    expect(inHours(8, 12)).toBeGreaterThan(4 * inHours(2, 6));
  });

  it('have ended, well or with a reason', () => {
    const flows = flowsOfDay('s', wednesday);
    for (const flow of flows) {
      expect(flow.endedAt !== null && flow.endedAt > flow.startedAt).toBe(true);
      expect(flow.failure !== null).toBe(flow.status === 'FAILED');
      expect(flow.bytes).toBeGreaterThanOrEqual(0n);
    }
    const failed = flows.filter((flow) => flow.status === 'FAILED').length;
    expect(failed).toBeGreaterThan(0);
    expect(failed / flows.length).toBeLessThan(0.08);
    expect(new Set(flows.map((flow) => flow.flowId)).size).toBe(flows.length);
  });

  it('stand, at an instant, as they would then: not begun, running, ended', () => {
    const flows = flowsOfDay('s', wednesday);
    const long = flows.find((flow) => Date.parse(flow.endedAt ?? '') - Date.parse(flow.startedAt) > 60_000);
    if (long === undefined) throw new Error('no flow takes a minute');
    const until = flowsUntil(flows, Date.parse(long.startedAt) + 30_000);
    expect(until.length).toBeLessThan(flows.length);
    expect(until.find((flow) => flow.flowId === long.flowId)).toMatchObject({
      status: 'RUNNING',
      bytes: 0n,
      endedAt: null,
    });
    expect(until[0]).toEqual(flows[0]);
    expect(flowsUntil(flows, startsAt - 1)).toEqual([]);
    expect(flowsUntil(flows, startsAt + 26 * hour)).toEqual(flows);
  });
});
