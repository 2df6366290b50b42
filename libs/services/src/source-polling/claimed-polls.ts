/** Polls under a claim: by this replica, or by whichever other has it. */
import { setTimeout as delay } from 'node:timers/promises';
import { millisecondsBetween } from '@daymark/domain/calendar-days';
import type { RegisteredSource, SourceState } from '@daymark/domain/source';
import { pollSource } from './poll-source';
import type { PollingContext } from './polling-context';
import type { PollClaim, PollRow } from './ports';

export interface ClaimedPolls {
  readonly context: PollingContext;
  /** Names this process on its claims. */
  readonly holder: string;
  /** What the next poll of a source goes by, if anybody said. */
  readonly askedBy: Map<string, string>;
}

/** Its claim went to somebody else in the middle: what it found is out of date. */
type Polled = { readonly row: PollRow | null } | 'lost';

/** How often whoever waits for another replica's poll looks whether it is over. */
const LOOK_MS = 100;

/** A poll that begins after this call; null when the source is gone by then, or the process stops. */
export async function pollAfterNow(polls: ClaimedPolls, sourceId: string): Promise<PollRow | null> {
  const { deps, registry, stopping } = polls.context;
  const wanted = await deps.lastPolls.want(sourceId);
  while (!isOver(polls, registry.get(sourceId))) {
    const polled = await pollIfFree(polls, sourceId);
    if (polled !== 'lost') return polled.row;
    const others = (await deps.lastPolls.read([sourceId])).get(sourceId);
    if (others !== undefined && others.ended >= wanted) return others.row;
    // Whoever began it has died or given it up.
    if (others?.busy !== true) await deps.lastPolls.wantAfter(sourceId, others?.begun ?? 0);
    await delay(LOOK_MS, undefined, { signal: stopping }).catch(() => undefined);
  }
  return null;
}

/** The poll that is wanted; null when no other is, or another replica is at it. */
export async function pollIfWanted(polls: ClaimedPolls, sourceId: string): Promise<PollRow | null> {
  const polled = await pollIfFree(polls, sourceId);
  return polled === 'lost' ? null : polled.row;
}

async function pollIfFree(polls: ClaimedPolls, sourceId: string): Promise<Polled> {
  const claim = await polls.context.deps.lastPolls.begin(sourceId, polls.holder);
  return claim === null ? 'lost' : poll(polls, claim);
}

async function poll(polls: ClaimedPolls, claim: PollClaim): Promise<Polled> {
  const { context, askedBy } = polls;
  const { lastPolls, id } = context.deps;
  const { sourceId } = claim;
  const correlationId = askedBy.get(sourceId) ?? id();
  askedBy.delete(sourceId);
  try {
    await context.caughtUp();
    const source = context.registry.get(sourceId);
    const row = isOver(polls, source) ? null : await pollAs(context, { source, correlationId, claim });
    if (row !== null) return (await lastPolls.end(claim, row)) ? { row } : 'lost';
    await (context.stopping.aborted ? lastPolls.handOver(claim) : lastPolls.giveUp(claim));
    return isOver(polls, context.registry.get(sourceId)) ? { row: null } : 'lost';
  } catch (fault) {
    await lastPolls.giveUp(claim).catch(() => undefined); // else it lapses
    throw fault;
  }
}

async function pollAs(
  context: PollingContext,
  asked: { source: RegisteredSource; correlationId: string; claim: PollClaim },
): Promise<PollRow | null> {
  const { now, observer } = context.deps;
  const begun = now();
  const row = await pollSource(context, asked);
  if (row === null) return null;
  const seconds = millisecondsBetween(begun, now()) / 1_000;
  observer.polled(asked.source.settings.name, row.problem === null ? 'succeeded' : 'failed', seconds);
  return row;
}

function isOver(
  { context }: ClaimedPolls,
  source: SourceState,
): source is Exclude<SourceState, RegisteredSource> {
  return context.stopping.aborted || source.status !== 'registered';
}
