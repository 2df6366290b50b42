import { describe, jest } from '@jest/globals';
import { describeAppending } from './appending';
import { useBench, type EventLogFactory } from './bench';
import { describeConcurrency } from './concurrency';
import { describeEnding } from './ending';
import { describeFaults } from './faults';
import { describeFollowing } from './following';
import { describePayloads } from './payloads';
import { describeReading } from './reading';
import { describeRepeating } from './repeating';

/**
 * The one contract of an event log: an adapter passes all of it or is not an adapter. It takes a factory and no knobs;
 * what only one adapter can do is tested beside the call, in that adapter's own spec.
 *
 * Every test asks the factory for a log of its own, empty, and opens as many handles on it as it needs.
 */
export function describeEventLog(name: string, factory: EventLogFactory): void {
  describe(`${name} as an event log`, () => {
    // Far above what any test takes: a real server on a busy machine may be slow without being wrong.
    jest.setTimeout(60_000);
    const bench = useBench(factory);
    describeReading(bench);
    describeAppending(bench);
    describeRepeating(bench);
    describeConcurrency(bench);
    describeFollowing(bench);
    describeEnding(bench);
    describePayloads(bench);
    describeFaults(bench);
  });
}
