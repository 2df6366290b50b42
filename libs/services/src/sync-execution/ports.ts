import type { SourceSettings } from '@daymark/domain/source';
import type { RunCounts, RunType, Trigger } from '@daymark/domain/sync-run';
import type { Elements } from '@daymark/elements';
import type { EventLog } from '@daymark/event-log';
import type { Messenger } from '@daymark/messaging';
import type { Lines } from '@daymark/platform';
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
  readonly logger: Lines;
  readonly observer: RunObserver;
  /** How many runs may be at work at once, over all sources and all replicas. */
  readonly maxRuns: number;
  /** Called when the log cannot be followed any more: the process has to end. */
  readonly onFault: (fault: unknown) => void;
}

export type RunOutcome = 'succeeded' | 'failed' | 'cancelled';

/** Is told how the runs go that this process carries out; nothing may depend on it, and none of these may throw. */
export interface RunObserver {
  /** `seconds` since the run first started; null when it never did. */
  ended(run: {
    readonly type: RunType;
    readonly trigger: Trigger['kind'];
    readonly outcome: RunOutcome;
    readonly seconds: number | null;
  }): void;
  /** A day of the source with this name was committed. */
  committed(source: string, counts: RunCounts): void;
  /** A transient fault is sat out. */
  satOut(code: string): void;
}
