import { inspect } from 'node:util';

const MASK = '[secret]';

/**
 * A value that must not be seen. Printed, logged, inspected or turned into JSON it reads `[secret]`; only `reveal` gives
 * it, at the place that needs it.
 */
export interface Secret {
  readonly reveal: () => string;
  readonly toString: () => string;
  readonly toJSON: () => string;
}

/** Wraps a value so that it cannot be printed by accident. */
export function secret(value: string): Secret {
  const mask = () => MASK;
  return Object.freeze({ reveal: () => value, toString: mask, toJSON: mask, [inspect.custom]: mask });
}
