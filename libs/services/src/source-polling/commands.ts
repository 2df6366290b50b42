/** What others may ask of sources. */
import {
  derivedId,
  type ChangeSourceQuestion,
  type CommandContext,
  type LastPoll,
  type RefreshStatusQuestion,
  type RegisterSourceQuestion,
  type RemovedAnswer,
  type RemoveSourceQuestion,
  type SourceAnswer,
  type TestAnswer,
} from '@daymark/contracts';
import { rejected, type Decision, type Rejected } from '@daymark/domain/decision';
import {
  checkSettings,
  decideSource,
  type RegisteredSource,
  type SourceEvent,
  type SourceSettings,
  type SourceState,
} from '@daymark/domain/source';
import { SourceFault, type SessionOptions, type SnapshotSession } from '@daymark/sources';
import type { Answer } from '../nest/answering';
import { nextPollAt } from './due';
import type { Poller } from './poller';
import type { PollingContext } from './polling-context';
import type { KnownPolls } from './ports';

interface Asked {
  readonly caller: { readonly actor: string; readonly commandId: string; readonly correlationId: string };
}

/** A source is registered only if it can be read as it is described. */
export async function registerSource(
  context: PollingContext,
  asked: RegisterSourceQuestion,
): Promise<Answer<SourceAnswer>> {
  const { settings } = asked;
  await context.caughtUp();
  const repeated = await registeredBy(context, asked);
  if (repeated !== undefined) return repeated;
  const wrong = checkSettings(settings);
  if (wrong !== undefined) return wrong;
  const taken = nameTaken(context, settings);
  if (taken !== undefined) return (await registeredBy(context, asked)) ?? taken;
  const sourceId = idFor(context, settings.name);
  const unlike = await tryAgain(context, settings, sourceId);
  if (unlike !== undefined) return unlike;
  const copied = await isCopied(context, sourceId);
  return context.deps.names.decide(settings.name, async () => {
    await context.caughtUp();
    // The same command may have come to another replica at the same moment.
    const here = (await registeredBy(context, asked)) ?? nameTaken(context, settings);
    if (here !== undefined) return here;
    if (idFor(context, settings.name) !== sourceId) return movedMeanwhile(settings);
    return settled(context, asked, sourceId, (state) =>
      decideSource({ type: 'RegisterSource', sourceId, settings, copied }, state),
    );
  });
}

export async function changeSource(
  context: PollingContext,
  asked: ChangeSourceQuestion,
): Promise<Answer<SourceAnswer>> {
  const { settings, sourceId } = asked;
  await context.caughtUp();
  if (await context.sources.hasDone(sourceId, asked.caller.commandId)) return repeatedOn(context, sourceId);
  const before = context.registry.get(sourceId);
  if (before.status !== 'registered') return rejected('SOURCE_UNKNOWN', 'There is no such source.');
  const wrong = checkSettings(settings) ?? nameTaken(context, settings, sourceId);
  if (wrong !== undefined) return wrong;
  if (JSON.stringify(before.settings.connector) !== JSON.stringify(settings.connector))
    await tryOut(context, settings);
  const copied = await isCopied(context, sourceId);
  const stale = asked.expectedRevision === undefined ? {} : { expectedRevision: asked.expectedRevision };
  return context.deps.names.decide(settings.name, async () => {
    await context.caughtUp();
    const taken = nameTaken(context, settings, sourceId);
    if (taken !== undefined) return taken;
    return settled(context, asked, sourceId, (state) =>
      decideSource({ type: 'ChangeSource', settings, copied, ...stale }, state),
    );
  });
}

export async function removeSource(
  context: PollingContext,
  asked: RemoveSourceQuestion,
): Promise<Answer<RemovedAnswer>> {
  const { decision, position } = await context.sources.decide(
    asked.sourceId,
    commandOf(context, asked),
    (state) => decideSource({ type: 'RemoveSource', elements: asked.elements }, state),
  );
  if (decision.kind === 'rejected') return decision;
  return { kind: 'answer', value: { sourceId: asked.sourceId, position } };
}

/** Looks at a source that need not be registered: its columns, its oldest day, how much it holds. */
export async function testSource(
  context: PollingContext,
  settings: SourceSettings,
): Promise<Answer<TestAnswer>> {
  const wrong = checkSettings(settings);
  if (wrong !== undefined) return wrong;
  return withSession(context, settings, async (session) => {
    const { oldestDay } = await session.retention();
    const census = await session.census();
    const elements = [...census.days.values()].reduce((sum, day) => sum + day.count, 0);
    return { kind: 'answer', value: { columns: session.description.columns, oldestDay, elements } };
  });
}

/** How the last polls went, the same from every replica. Ids of sources that are unknown are left out. */
export async function lastPolls(context: PollingContext, sourceIds: readonly string[]): Promise<LastPoll[]> {
  await context.caughtUp();
  const known = await context.deps.lastPolls.read(sourceIds);
  return sourceIds.flatMap((sourceId) => {
    const source = context.registry.get(sourceId);
    return source.status === 'registered' ? [lastPollOf(source, known.get(sourceId))] : [];
  });
}

const notPolled = { checkedAt: null, problem: null, position: null };

function lastPollOf({ id, settings }: RegisteredSource, known: KnownPolls | undefined): LastPoll {
  const row = known?.row ?? null;
  const { checkedAt, problem, position } = row ?? notPolled;
  return {
    sourceId: id,
    checkedAt,
    checking: known?.busy === true,
    nextPollAt: row === null ? null : nextPollAt(row, settings),
    problem,
    position,
  };
}

/**
 * Asks for a poll, and answers when one that began after the question is through, or after `waitMs`, with what is known
 * by then.
 */
export async function refreshStatus(
  context: PollingContext,
  poller: Poller,
  { sourceId, waitMs, correlationId }: RefreshStatusQuestion,
): Promise<Answer<LastPoll>> {
  await context.caughtUp();
  const unknown = rejected('SOURCE_UNKNOWN', 'There is no such source.');
  if (context.registry.get(sourceId).status !== 'registered') return unknown;
  const through = await within(waitMs, poller.request(sourceId, correlationId));
  const [last] = await lastPolls(context, [sourceId]);
  return last === undefined ? unknown : { kind: 'answer', value: { ...last, checking: !through } };
}

/** False when the work took longer than that; it goes on all the same. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A removed source's name is free for a registration, which revives it; a rename would take the name of its copy. */
function keepsName(source: SourceState, renamed: string | undefined): boolean {
  return source.status === 'registered' || (renamed !== undefined && source.status === 'removed');
}

function nameTaken(context: PollingContext, { name }: SourceSettings, except?: string): Rejected | undefined {
  const sources = context.registry.all();
  const taken = sources.find(
    (source) => source.id !== except && source.settings.name === name && keepsName(source, except),
  );
  if (taken === undefined) return undefined;
  const how =
    taken.status === 'removed' ? 'was removed, and its copy still has the name' : 'is registered already';
  return rejected('SOURCE_NAME_TAKEN', `A source named "${name}" ${how}.`, 'name');
}

/** The id that a new source of this name gets, and those that sources of this name got before it. */
function derivedIds(context: PollingContext, name: string): { next: string; given: readonly string[] } {
  const known = new Set(context.registry.all().map((source) => source.id));
  const given: string[] = [];
  let next = derivedId('source', name, 0);
  while (known.has(next)) {
    given.push(next);
    next = derivedId('source', name, given.length);
  }
  return { next, given };
}

/** What a registration that comes again is answered with, also after the source was renamed or removed. */
async function registeredBy(
  context: PollingContext,
  { settings: { name }, caller }: RegisterSourceQuestion,
): Promise<Answer<SourceAnswer> | undefined> {
  const named = context.registry.all().filter((source) => source.settings.name === name);
  for (const id of new Set([...derivedIds(context, name).given, ...named.map((source) => source.id)]))
    if (await context.sources.hasDone(id, caller.commandId)) return repeatedOn(context, id);
  return undefined;
}

async function repeatedOn(context: PollingContext, sourceId: string): Promise<Answer<SourceAnswer>> {
  const state = await context.sources.load(sourceId);
  if (state.status !== 'registered')
    return rejected('SOURCE_UNKNOWN', 'This was done already, and the source was removed since.');
  const { settings, revision } = state;
  return { kind: 'answer', value: { sourceId, settings, revision, position: null } };
}

function movedMeanwhile({ name }: SourceSettings): Rejected {
  return rejected('SOURCE_BUSY', `Somebody else changed what is named "${name}" meanwhile: ask again.`);
}

/**
 * The id of a source to be registered: that of a removed source of this name, else derived from the name, so that two
 * registrations at once meet on one stream and one of them loses.
 */
function idFor(context: PollingContext, name: string): string {
  const removed = context.registry
    .all()
    .find((source) => source.status === 'removed' && source.settings.name === name);
  return removed?.id ?? derivedIds(context, name).next;
}

async function isCopied(context: PollingContext, sourceId: string): Promise<boolean> {
  return (await context.deps.elements.summaries(sourceId)).size > 0;
}

/** @throws SourceFault when the source cannot be read as described */
async function tryOut(context: PollingContext, settings: SourceSettings): Promise<void> {
  await withSession(context, settings, () => Promise.resolve());
}

/** A source that is revived has to be what its copy is of. */
async function tryAgain(
  context: PollingContext,
  settings: SourceSettings,
  sourceId: string,
): Promise<Rejected | undefined> {
  const stored = await context.deps.elements.stored(sourceId);
  const columns = stored === null ? {} : { columns: stored.columns };
  try {
    await withSession(context, settings, () => Promise.resolve(), columns);
    return undefined;
  } catch (fault) {
    if (!(fault instanceof SourceFault) || fault.code !== 'SOURCE_SCHEMA_CHANGED') throw fault;
    const detail = `The copy of "${settings.name}" has other columns. ${fault.message} Register it under another name.`;
    return rejected('SOURCE_IDENTITY_FIXED', detail, 'connector.table');
  }
}

async function withSession<Result>(
  context: PollingContext,
  settings: SourceSettings,
  work: (session: SnapshotSession) => Promise<Result>,
  columns: Pick<SessionOptions, 'columns'> = {},
): Promise<Result> {
  const options: SessionOptions = { hashes: await context.deps.elements.hashes(), ...columns };
  const session = await context.deps.connector(settings).open(options);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

async function settled(
  context: PollingContext,
  asked: Asked,
  sourceId: string,
  decide: (state: SourceState) => Decision<SourceEvent>,
): Promise<Answer<SourceAnswer>> {
  const { decision, state, position } = await context.sources.decide(
    sourceId,
    commandOf(context, asked),
    decide,
  );
  if (decision.kind === 'rejected') return decision;
  if (state.status !== 'registered')
    throw new Error(`Source ${sourceId} is not registered right after it was.`);
  return {
    kind: 'answer',
    value: { sourceId, settings: state.settings, revision: state.revision, position },
  };
}

function commandOf(context: PollingContext, { caller }: Asked): CommandContext {
  const { commandId, correlationId, actor } = caller;
  return { commandId, correlationId, actor, occurredAt: context.deps.now() };
}
