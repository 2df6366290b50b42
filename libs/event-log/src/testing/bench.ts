import { afterEach, beforeEach } from '@jest/globals';
import type { EventLog } from '../port';

/** A log of its own for one test. */
export interface EventLogContext {
  /** An independent handle on the same log, as another process would have it. */
  open(): Promise<EventLog>;
  /** Frees everything, handles that were left open included. */
  dispose(): Promise<void>;
}

export type EventLogFactory = () => Promise<EventLogContext>;

export interface Bench {
  /** The first handle of the running test. */
  readonly log: EventLog;
  readonly open: () => Promise<EventLog>;
}

export function useBench(factory: EventLogFactory): Bench {
  let context: EventLogContext | undefined;
  let log: EventLog | undefined;
  const handles: EventLog[] = [];
  const open = async (): Promise<EventLog> => {
    const handle = await existing(context).open();
    handles.push(handle);
    return handle;
  };
  beforeEach(async () => {
    context = await factory();
    log = await open();
  });
  afterEach(async () => {
    await Promise.all(handles.splice(0).map((handle) => handle.close()));
    await context?.dispose();
    context = undefined;
  });
  return {
    get log() {
      return existing(log);
    },
    open,
  };
}

function existing<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('only while a test runs');
  }
  return value;
}
