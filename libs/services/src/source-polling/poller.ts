/**
 * One poll per source at a time, whichever replica it is asked of. A request that arrives during one shares the next,
 * which begins after the request; the next scheduled one starts no sooner than 10 × the last census's length.
 */
import type { RegisteredSource } from '@daymark/domain/source';
import { pollAfterNow, pollIfWanted } from './claimed-polls';
import { isDue } from './due';
import type { PollingContext } from './polling-context';
import type { KnownPolls, PollRow } from './ports';
import { createTurns } from './turns';

export interface Poller {
  /**
   * A poll that begins after this call, by whichever replica; null when the source is gone by then. It goes by the
   * correlation id of who first asked for it here, else by one of its own.
   */
  request(sourceId: string, correlationId?: string): Promise<PollRow | null>;
  /** Starts the polls that are due, and keeps those in hand claimed. One look at a time. */
  tick(): Promise<void>;
  /** As far as this replica has looked: other replicas' polls a second late. */
  last(sourceId: string): PollRow | undefined;
  /** When the polls in hand are over. */
  settled(): Promise<void>;
}

const never: KnownPolls = { row: null, wanted: 0, begun: 0, ended: 0, busy: false, abandoned: false };

export function createPoller(context: PollingContext): Poller {
  const { deps } = context;
  const polls = { context, holder: deps.id(), askedBy: new Map<string, string>() };
  const startedAt = deps.now();
  const turns = createTurns<PollRow | null>();
  let known = new Map<string, KnownPolls>();
  let looking: Promise<void> | undefined;

  async function startIfDue({ id, settings }: RegisteredSource): Promise<void> {
    const soFar = known.get(id) ?? never;
    if (turns.isBusy(id) || !isDue(soFar, settings, { startedAt, now: deps.now() })) return;
    if (soFar.wanted <= soFar.begun) await deps.lastPolls.wantAfter(id, soFar.begun);
    if (turns.isBusy(id)) return;
    turns
      .request(id, () => pollIfWanted(polls, id))
      .catch((err: unknown) => {
        deps.logger.error({ err, source: settings.name }, 'A poll could not be recorded; the next one is.');
      });
  }

  /** At once, not with the next look: metrics are read in between. */
  function show(sourceId: string, row: PollRow | null): PollRow | null {
    const before = known.get(sourceId) ?? never;
    const checkedAt = row?.checkedAt ?? before.row?.checkedAt ?? null;
    if (row !== null) known.set(sourceId, { ...before, row: { ...row, checkedAt } });
    return row;
  }

  async function look(): Promise<void> {
    await deps.lastPolls.renewAll(polls.holder);
    known = new Map(await deps.lastPolls.read());
    for (const source of context.registry.all()) {
      if (context.stopping.aborted) return;
      if (source.status === 'registered') await startIfDue(source);
    }
  }

  return {
    request: (sourceId, correlationId) => {
      const { askedBy } = polls;
      if (correlationId !== undefined && !askedBy.has(sourceId)) askedBy.set(sourceId, correlationId);
      return turns.request(sourceId, () => pollAfterNow(polls, sourceId)).then((row) => show(sourceId, row));
    },
    last: (sourceId) => known.get(sourceId)?.row ?? undefined,
    tick: async () => {
      if (context.stopping.aborted || looking !== undefined) return;
      looking = look();
      try {
        await looking;
      } finally {
        looking = undefined;
      }
    },
    settled: async () => {
      await looking?.catch(() => undefined);
      await turns.settled();
    },
  };
}
