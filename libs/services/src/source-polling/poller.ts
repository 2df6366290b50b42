/**
 * One poll per source at a time. A request that arrives during one shares the next, which begins after the request;
 * the next scheduled one starts no sooner than 10 × the last census's length.
 */
import {
  addMilliseconds,
  addMinutes,
  compareInstants,
  millisecondsBetween,
} from '@daymark/domain/calendar-days';
import type { RegisteredSource, SourceSettings } from '@daymark/domain/source';
import { pollSource } from './poll-source';
import type { PollingContext } from './polling-context';
import type { PollRow } from './ports';
import { createTurns } from './turns';

/** A scheduled poll waits so many times as long as the last census took. */
const CENSUS_SHARE = 10;

export interface Poller {
  /**
   * A poll that begins after this call; null when the source is gone by then. It goes by the correlation id of who first
   * asked for it, else by one of its own.
   */
  request(sourceId: string, correlationId?: string): Promise<PollRow | null>;
  /** Starts the polls that are due. */
  tick(): void;
  last(sourceId: string): PollRow | undefined;
  isPolling(sourceId: string): boolean;
  nextAt(source: RegisteredSource): string | null;
  /** When the polls in hand are over. */
  settled(): Promise<void>;
}

export function createPoller(context: PollingContext, known: readonly PollRow[]): Poller {
  const rows = new Map(known.map((row) => [row.sourceId, row]));
  const polledHere = new Set<string>();
  const askedBy = new Map<string, string>();

  async function poll(sourceId: string, correlationId: string): Promise<PollRow | null> {
    const source = context.registry.get(sourceId);
    if (context.stopping.aborted || source.status !== 'registered') return null;
    polledHere.add(sourceId);
    const begun = context.deps.now();
    const row = await pollSource(context, source, correlationId);
    if (row === null) return null;
    const seconds = millisecondsBetween(begun, context.deps.now()) / 1_000;
    context.deps.observer.polled(
      source.settings.name,
      row.problem === null ? 'succeeded' : 'failed',
      seconds,
    );
    const merged = { ...row, checkedAt: row.checkedAt ?? rows.get(sourceId)?.checkedAt ?? null };
    rows.set(sourceId, merged);
    await context.deps.lastPolls.write(merged);
    return merged;
  }

  const turns = createTurns(async (sourceId) => {
    const correlationId = askedBy.get(sourceId) ?? context.deps.id();
    askedBy.delete(sourceId);
    await context.caughtUp();
    return poll(sourceId, correlationId);
  });

  function nextAt(source: RegisteredSource): string | null {
    const row = rows.get(source.id);
    return row === undefined || !polledHere.has(source.id) ? null : nextPollAt(row, source.settings);
  }

  function isDue(source: RegisteredSource): boolean {
    const at = nextAt(source);
    return at === null || compareInstants(at, context.deps.now()) <= 0;
  }

  return {
    request: (sourceId, correlationId) => {
      if (correlationId !== undefined && !askedBy.has(sourceId)) askedBy.set(sourceId, correlationId);
      return turns.request(sourceId);
    },
    nextAt,
    last: (sourceId) => rows.get(sourceId),
    isPolling: (sourceId) => turns.isBusy(sourceId),
    tick: () => {
      if (context.stopping.aborted) return;
      for (const source of context.registry.all()) {
        if (source.status !== 'registered' || turns.isBusy(source.id) || !isDue(source)) continue;
        turns.request(source.id).catch((err: unknown) => {
          context.deps.logger.error(
            { err, source: source.settings.name },
            'A poll could not be recorded; the next one is.',
          );
        });
      }
    },
    settled: () => turns.settled(),
  };
}

/** When the next scheduled poll may start: by the interval, and no sooner than ten censuses after the last. */
function nextPollAt(row: PollRow, settings: SourceSettings): string {
  const byInterval = addMinutes(row.startedAt, settings.pollingIntervalMinutes);
  const byLength = addMilliseconds(row.startedAt, row.censusMs * (1 + CENSUS_SHARE));
  return compareInstants(byInterval, byLength) >= 0 ? byInterval : byLength;
}
