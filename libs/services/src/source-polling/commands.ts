/** What others may ask of sources. */
import {
  derivedId,
  type ChangeSourceQuestion,
  type CommandContext,
  type LastPoll,
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
  type SourceEvent,
  type SourceSettings,
  type SourceState,
} from '@daymark/domain/source';
import { SourceFault, type SessionOptions, type SnapshotSession } from '@daymark/sources';
import type { Answer } from '../nest/answering';
import type { Poller } from './poller';
import type { PollingContext } from './polling-context';

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
  const wrong = checkSettings(settings) ?? nameTaken(context, settings);
  if (wrong !== undefined) return wrong;
  const sourceId = idFor(context, settings.name);
  const unlike = await tryAgain(context, settings, sourceId);
  if (unlike !== undefined) return unlike;
  const copied = await isCopied(context, sourceId);
  return settled(context, asked, sourceId, (state) =>
    decideSource({ type: 'RegisterSource', sourceId, settings, copied }, state),
  );
}

export async function changeSource(
  context: PollingContext,
  asked: ChangeSourceQuestion,
): Promise<Answer<SourceAnswer>> {
  const { settings, sourceId } = asked;
  await context.caughtUp();
  const before = context.registry.get(sourceId);
  if (before.status !== 'registered') return rejected('SOURCE_UNKNOWN', 'There is no such source.');
  const wrong = checkSettings(settings) ?? nameTaken(context, settings, sourceId);
  if (wrong !== undefined) return wrong;
  if (JSON.stringify(before.settings.connector) !== JSON.stringify(settings.connector))
    await tryOut(context, settings);
  const copied = await isCopied(context, sourceId);
  const stale = asked.expectedRevision === undefined ? {} : { expectedRevision: asked.expectedRevision };
  return settled(context, asked, sourceId, (state) =>
    decideSource({ type: 'ChangeSource', settings, copied, ...stale }, state),
  );
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

/** How the last polls went. Ids of sources that are unknown here are left out. */
export function lastPolls(context: PollingContext, poller: Poller, sourceIds: readonly string[]): LastPoll[] {
  return sourceIds.flatMap((sourceId) => {
    const source = context.registry.get(sourceId);
    return source.status === 'registered' ? [lastPoll(poller, source)] : [];
  });
}

export function lastPoll(poller: Poller, source: Extract<SourceState, { status: 'registered' }>): LastPoll {
  const row = poller.last(source.id);
  return {
    sourceId: source.id,
    checkedAt: row?.checkedAt ?? null,
    checking: poller.isPolling(source.id),
    nextPollAt: poller.nextAt(source),
    problem: row?.problem ?? null,
    position: row?.position ?? null,
  };
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

/**
 * The id of a source to be registered: that of a removed source of this name, else derived from the name, so that two
 * registrations at once meet on one stream and one of them loses.
 */
function idFor(context: PollingContext, name: string): string {
  const all = context.registry.all();
  const removed = all.find((source) => source.status === 'removed' && source.settings.name === name);
  if (removed !== undefined) return removed.id;
  const known = new Set(all.map((source) => source.id));
  let n = 0;
  while (known.has(derivedId('source', name, n))) n += 1;
  return derivedId('source', name, n);
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
