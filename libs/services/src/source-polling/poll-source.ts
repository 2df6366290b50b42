/**
 * One poll: a census, compared with the target's day summaries; only days that differ are looked into, by
 * fingerprints. No cursor is trusted.
 */
import { millisecondsBetween } from '@daymark/domain/calendar-days';
import type { DayCount } from '@daymark/domain/counts';
import { decideSource, type RegisteredSource, type SourceCommand } from '@daymark/domain/source';
import type { DaySummary, Elements } from '@daymark/elements';
import { ElementsFault } from '@daymark/elements';
import { EventLogFault } from '@daymark/event-log';
import { SourceFault, type Census, type SnapshotSession } from '@daymark/sources';
import { countDays, outsideAt } from '../counting/count-days';
import type { PollingContext } from './polling-context';
import type { PollClaim, PollRow } from './ports';

/** How often days that a run committed meanwhile are counted again before they are left to the next poll. */
const TRIES = 3;
/** Days told in one event: keeps an append well below the log's limit of bytes. */
const COUNTS_AT_ONCE = 3_000;

interface Seen {
  readonly at: string;
  readonly census: Census;
  readonly counts: readonly DayCount[];
  readonly censusMs: number;
}

export interface PollAsked {
  readonly source: RegisteredSource;
  /** Of everything that this poll says. */
  readonly correlationId: string;
  readonly claim: PollClaim;
}

interface Poll extends PollAsked {
  readonly context: PollingContext;
}

/** Null when the process stops meanwhile, or another replica took the claim: then it has said nothing, and will not. */
export async function pollSource(context: PollingContext, asked: PollAsked): Promise<PollRow | null> {
  const startedAt = context.deps.now();
  const { source, correlationId, claim } = asked;
  const poll = { context, ...asked };
  const isMine = () => context.deps.lastPolls.renew(claim);
  try {
    const seen = await see(context, source);
    if (!(await isMine())) return null;
    const position = await record(poll, seen);
    return {
      sourceId: source.id,
      startedAt,
      checkedAt: seen.at,
      censusMs: seen.censusMs,
      problem: null,
      position,
    };
  } catch (fault) {
    if (context.stopping.aborted) return null;
    // The log's own trouble says nothing of the source.
    if (fault instanceof EventLogFault) throw fault;
    if (!(await isMine())) return null;
    const problem = problemOf(fault);
    const fields = { ...problem, err: fault, source: source.settings.name, correlationId };
    context.deps.logger.warn(fields, 'A poll failed.');
    const position = isOfSource(fault)
      ? await tell(poll, () => Promise.resolve({ type: 'RecordUnreachable', ...problem }))
      : null;
    return { sourceId: source.id, startedAt, checkedAt: null, censusMs: 0, problem, position };
  }
}

/** Only then is it a fact about the source; trouble of the target is shown, and passes. */
function isOfSource(fault: unknown): boolean {
  return fault instanceof SourceFault || (fault instanceof ElementsFault && fault.code.startsWith('SOURCE_'));
}

async function see(context: PollingContext, source: RegisteredSource): Promise<Seen> {
  const { elements } = context.deps;
  let seen = await countOnce(context, source, undefined);
  for (let i = 1; i < TRIES && seen.moved.length > 0; i += 1) {
    const again = await countOnce(context, source, seen.moved);
    seen = { ...again, counts: [...seen.counts, ...again.counts] };
  }
  const inHand = await daysInHand(elements, source.id);
  return { ...seen, counts: seen.counts.filter((count) => !inHand.has(count.day)) };
}

/**
 * Counts between two reads of the summaries. A day whose summary changed in between is not counted but named in
 * `moved`.
 */
async function countOnce(
  context: PollingContext,
  source: RegisteredSource,
  days: readonly string[] | undefined,
): Promise<Seen & { moved: string[] }> {
  const { elements } = context.deps;
  const summaries = await elements.summaries(source.id);
  const session = await open(context, source);
  try {
    const begun = context.deps.now();
    const census = await session.census();
    const censusMs = millisecondsBetween(begun, context.deps.now());
    const outside = await outsideAt(session, { census, summaries, ...source });
    const known = context.registry.counts(source.id);
    const counted = { sourceId: source.id, session, census, summaries, outside, known };
    const counts = await countDays(counted, elements, days);
    const after = await elements.summaries(source.id);
    const moved = counts.map(({ day }) => day).filter((day) => hasMoved(day, summaries, after));
    return {
      at: session.at,
      census,
      censusMs,
      counts: counts.filter(({ day }) => !moved.includes(day)),
      moved,
    };
  } finally {
    await session.close();
  }
}

async function open(context: PollingContext, source: RegisteredSource): Promise<SnapshotSession> {
  const { elements, connector } = context.deps;
  const stored = await elements.stored(source.id);
  const { stopping: signal } = context;
  const options =
    stored === null
      ? { hashes: await elements.hashes(), signal }
      : { hashes: [stored.hash], columns: stored.columns, signal };
  return connector(source.settings).open(options);
}

function hasMoved(
  day: string,
  before: ReadonlyMap<string, DaySummary>,
  after: ReadonlyMap<string, DaySummary>,
): boolean {
  return before.get(day)?.revision !== after.get(day)?.revision;
}

/** Days that a run is working on right now: left to the poll at its end. */
async function daysInHand(elements: Elements, sourceId: string): Promise<ReadonlySet<string>> {
  const leases = await elements.leases();
  return new Set(leases.filter((lease) => lease.sourceId === sourceId).flatMap((lease) => lease.days));
}

async function record(poll: Poll, seen: Seen): Promise<string | null> {
  const { context, source } = poll;
  const days = [...seen.census.days.keys()];
  const whole = {
    type: 'RecordPoll' as const,
    censusAt: seen.at,
    oldestDay: days[0] ?? null,
    newestDay: days.at(-1) ?? null,
    unreadable: seen.census.unreadable,
  };
  let position: string | null = null;
  const chunks = Math.max(1, Math.ceil(seen.counts.length / COUNTS_AT_ONCE));
  for (let i = 0; i < chunks; i += 1) {
    const counts = seen.counts.slice(i * COUNTS_AT_ONCE, (i + 1) * COUNTS_AT_ONCE);
    position =
      (await tell(poll, async () => {
        // Also of what another replica appended a moment ago: what is known by then is no news.
        await context.caughtUp();
        return { ...whole, counts, known: context.registry.counts(source.id) };
      })) ?? position;
  }
  return position;
}

/** Where the appended events stand; null when there was nothing to say. */
async function tell(poll: Poll, command: () => Promise<SourceCommand>): Promise<string | null> {
  const { context, source, correlationId } = poll;
  const own = { commandId: context.deps.id(), correlationId, actor: ACTOR, occurredAt: context.deps.now() };
  const { decision, position } = await context.sources.decide(source.id, own, async (state) =>
    decideSource(await command(), state),
  );
  return decision.kind === 'accepted' ? position : null;
}

const ACTOR = 'system:source-polling';

export function problemOf(fault: unknown): { code: string; detail: string } {
  if (fault instanceof SourceFault || fault instanceof ElementsFault)
    return { code: fault.code, detail: fault.message };
  return {
    code: 'POLL_BROKE',
    detail: 'The poll met a fault that has no name; the log of the service tells more.',
  };
}
