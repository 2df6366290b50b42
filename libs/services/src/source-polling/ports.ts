import type { SourceSettings } from '@daymark/domain/source';
import type { Elements } from '@daymark/elements';
import type { EventLog } from '@daymark/event-log';
import type { Lines } from '@daymark/platform';
import type { SourceConnector } from '@daymark/sources';

/** What the shell gives: adapters, time and ids. */
export interface SourcePollingDeps {
  readonly log: EventLog;
  readonly elements: Elements;
  readonly lastPolls: LastPollsTable;
  readonly connector: (settings: SourceSettings) => SourceConnector;
  /** The present instant, RFC 3339 in UTC. */
  readonly now: () => string;
  readonly id: () => string;
  readonly logger: Lines;
  readonly observer: PollObserver;
  /** Called when the log cannot be followed any more: the process has to end. */
  readonly onFault: (fault: unknown) => void;
}

/** Is told how polls go; nothing may depend on it, and it must not throw. */
export interface PollObserver {
  /** A poll of the source with this name ended, `seconds` after it began. */
  polled(source: string, outcome: 'succeeded' | 'failed', seconds: number): void;
}

/** How a source's last poll went. One row per source, replaced with each poll; not a fold of the log. */
export interface PollRow {
  readonly sourceId: string;
  readonly startedAt: string;
  /** Of the last census that came through. */
  readonly checkedAt: string | null;
  /** How long it took, in milliseconds. */
  readonly censusMs: number;
  readonly problem: { readonly code: string; readonly detail: string } | null;
  /** Where its events, if any, stand in the log. */
  readonly position: string | null;
}

export interface LastPollsTable {
  read(): Promise<readonly PollRow[]>;
  write(row: PollRow): Promise<void>;
}
