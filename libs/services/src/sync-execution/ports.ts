import type { SourceSettings } from '@daymark/domain/source';
import type { Elements } from '@daymark/elements';
import type { EventLog } from '@daymark/event-log';
import type { Messenger } from '@daymark/messaging';
import type { SourceConnector } from '@daymark/sources';

/** What the shell gives: adapters, time, ids and randomness. */
export interface SyncExecutionDeps {
  readonly log: EventLog;
  readonly elements: Elements;
  readonly messenger: Messenger;
  readonly connector: (settings: SourceSettings) => SourceConnector;
  /** The present instant, RFC 3339 in UTC. */
  readonly now: () => string;
  readonly id: () => string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: ExecutionLogger;
  /** How many runs may be at work at once, over all sources. */
  readonly maxRuns: number;
  /** Called when the log cannot be followed any more: the process has to end. */
  readonly onFault: (fault: unknown) => void;
}

export interface ExecutionLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
