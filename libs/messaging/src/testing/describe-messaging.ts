import { afterEach, beforeEach, describe } from '@jest/globals';
import { describeAnswers } from './answers';
import { type Bench, benchOver } from './bench';
import { describeGroups } from './groups';
import { describeLimits } from './limits';
import { describeProblems } from './problems';
import type { MessagingFactory } from './subject';

/**
 * What every transport promises, on real Nest microservices. A transport that cannot pass is no transport of ours;
 * what only one of them promises is tested beside its own call of this suite.
 */
export function describeMessaging(name: string, factory: MessagingFactory): void {
  describe(`messaging: ${name}`, () => {
    let bench: Bench | undefined;

    beforeEach(async () => {
      bench = await benchOver(factory);
    });

    afterEach(async () => {
      await bench?.broker.dispose();
      bench = undefined;
    });

    const current = (): Bench => {
      if (bench === undefined) throw new Error('The bench is set up before each test');
      return bench;
    };
    describeAnswers(current);
    describeProblems(current);
    describeGroups(current);
    describeLimits(current);
  });
}
