import { describe, it } from '@jest/globals';
import { findNatsServer } from './nats/find-nats-server';

/**
 * A group of tests on a real nats-server, whose program `body` is given. Where there is none and none can be had, the
 * group is skipped by name, with the reason.
 */
export function describeWithNats(name: string, body: (binary: string) => void): void {
  const found = findNatsServer();
  if ('binary' in found) describe(name, () => body(found.binary));
  else it.skip(`${name}: ${found.missing}`, () => undefined);
}
