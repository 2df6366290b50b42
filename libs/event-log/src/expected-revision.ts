import { EventLogFault, type Expectation } from './port';

/** What `any` and `noStream` are as numbers, for logs that compare one number. */
export const anyRevision = -2n;
export const noStreamRevision = -1n;

const largest = 2n ** 63n - 1n;

/**
 * The expectation as one number. A negative revision is refused: it would turn `exactly` into another expectation.
 *
 * @throws EventLogFault EVENT_INVALID
 */
export function expectedRevision(expect: Expectation): bigint {
  switch (expect.kind) {
    case 'any':
      return anyRevision;
    case 'noStream':
      return noStreamRevision;
    case 'exactly':
      if (expect.revision < 0n || expect.revision > largest) {
        throw new EventLogFault('EVENT_INVALID', `${expect.revision} is not a revision`);
      }
      return expect.revision;
  }
}
