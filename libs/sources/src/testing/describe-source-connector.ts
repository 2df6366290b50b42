import { describe } from '@jest/globals';
import { describeCounting } from './counting';
import { describeEnding } from './ending';
import { describeSchema } from './schema';
import { describeSnapshots } from './snapshots';
import { describeValues } from './values';
import { useBench } from './world';
import type { SourceWorldFactory } from './world';

/**
 * The one contract of a source connector: a connector passes all of it or is not one. It takes a factory and no knobs;
 * what only one connector can do is tested beside the call, in that connector's own spec.
 *
 * Every test asks the factory for a world of its own, empty, and disposes of it.
 */
export const describeSourceConnector = (name: string, factory: SourceWorldFactory): void => {
  describe(`${name} as a source connector`, () => {
    const bench = useBench(factory);
    describeCounting(bench);
    describeSnapshots(bench);
    describeValues(bench);
    describeEnding(bench);
    describeSchema(bench);
  });
};
