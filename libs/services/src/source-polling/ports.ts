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
  readonly names: SourceNames;
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

/** One poll in hand: the nth of its source, by one replica. */
export interface PollClaim {
  readonly sourceId: string;
  readonly number: number;
  readonly holder: string;
}

/** What all replicas know of the polls of a source. */
export interface KnownPolls {
  /** How the last one went; null before the first ended. */
  readonly row: PollRow | null;
  /** The highest number that anybody asked for, the last that began, the last that ended. */
  readonly wanted: number;
  readonly begun: number;
  readonly ended: number;
  /** A living replica is at it. */
  readonly busy: boolean;
  /** The last that began was given up, or its replica died, a while ago. */
  readonly abandoned: boolean;
}

/** One poll of a source at a time, among all replicas. All of these throw ElementsFault while the table is out of reach. */
export interface PollClaims {
  /** Asks for a poll that begins after this call; its number. */
  want(sourceId: string): Promise<number>;
  /** Asks for the one after `begun`, unless it began meanwhile. */
  wantAfter(sourceId: string, begun: number): Promise<void>;
  /** Claims the poll that is wanted; null when none is, or somebody is at one. Whoever dies loses it in seconds. */
  begin(sourceId: string, holder: string): Promise<PollClaim | null>;
  /** The heartbeat of whatever this holder has. */
  renewAll(holder: string): Promise<void>;
  /** Of one claim. False: it is somebody else's now, and whatever its poll found is out of date. */
  renew(claim: PollClaim): Promise<boolean>;
  /** The poll is not carried on; the schedule begins another. Does nothing for a claim that is lost. */
  giveUp(claim: PollClaim): Promise<void>;
  /** The poll is not carried on here; any replica may begin it anew at once. */
  handOver(claim: PollClaim): Promise<void>;
}

export interface LastPollsTable extends PollClaims {
  /** Of the sources given, or of all. */
  read(sourceIds?: readonly string[]): Promise<ReadonlyMap<string, KnownPolls>>;
  /** Ends a poll with how it went; false, and nothing is written, when the claim is lost. */
  end(claim: PollClaim, row: PollRow): Promise<boolean>;
}

export interface SourceNames {
  /**
   * Runs the work while no other replica decides about this name.
   *
   * @throws ElementsFault TARGET_UNAVAILABLE when the lock cannot be had, and what the work throws
   */
  decide<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
}
