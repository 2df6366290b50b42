import { setTimeout as delay } from 'node:timers/promises';

import type { Logger } from 'pino';

export interface LifecycleOptions {
  /** For stopping everything, together. */
  readonly deadlineMs: number;
  readonly logger: Pick<Logger, 'info' | 'error'>;
}

export type Stop = () => Promise<void> | void;

/** What a process has started, and how to end it again. */
export interface Lifecycle {
  /** Remembers how to stop a part that has just been started. Parts are stopped in reverse order, one after another. */
  readonly started: (name: string, stop: Stop) => void;
  /**
   * Stops every part once; later calls get the same answer. A part that fails does not keep the others from stopping.
   * One that outlasts the deadline is named and left; those after it still get a moment each. Rejects with an
   * AggregateError of everything that went wrong.
   */
  readonly stop: () => Promise<void>;
  /** Aborted when stopping begins. */
  readonly signal: AbortSignal;
}

interface Part {
  readonly name: string;
  readonly stop: Stop;
}

const lateMs = 250;

export function createLifecycle({ deadlineMs, logger }: LifecycleOptions): Lifecycle {
  const parts: Part[] = [];
  const abort = new AbortController();
  let stopping: Promise<void> | undefined;

  const stopAll = async (): Promise<void> => {
    abort.abort();
    const end = performance.now() + deadlineMs;
    const errors: Error[] = [];
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      const error = await stopPart(part, Math.max(end - performance.now(), lateMs));
      if (error === undefined) continue;
      logger.error({ err: error, part: part.name }, 'a part did not stop well');
      errors.push(error);
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('; '));
    logger.info('stopped');
  };

  return {
    signal: abort.signal,
    started: (name, stop) => {
      parts.push({ name, stop });
    },
    stop: () => (stopping ??= stopAll()),
  };
}

async function stopPart({ name, stop }: Part, patienceMs: number): Promise<Error | undefined> {
  const timer = new AbortController();
  const late = delay(patienceMs, new Error(`${name} did not stop in time`), { signal: timer.signal });
  const done = Promise.resolve()
    .then(stop)
    .then(
      () => undefined,
      (cause: unknown) => new Error(`${name} failed to stop: ${String(cause)}`, { cause }),
    );
  try {
    return await Promise.race([done, late]);
  } finally {
    late.catch(() => undefined);
    timer.abort();
  }
}

/**
 * Runs the start of a process. If it fails, everything that it had started is stopped, in reverse, and the failure is
 * thrown on; what went wrong while stopping goes with it as an AggregateError whose first error is the failure.
 */
export async function startAll<T>(lifecycle: Lifecycle, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (failure) {
    const trouble: unknown = await lifecycle.stop().catch((error: unknown) => error);
    if (trouble === undefined) throw failure;
    throw new AggregateError([failure, trouble], String(failure), { cause: failure });
  }
}
