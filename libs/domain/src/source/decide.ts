import { foldCounts, saysTheSame, supersedes, totalOf, type DayCount } from '../counts';
import { accepted, ignored, rejected, type Decision } from '../decision';
import type {
  ChangeSource,
  RecordPoll,
  RecordUnreachable,
  RegisterSource,
  RemoveSource,
  SourceCommand,
} from './commands';
import type { PollEvent, PollResult, SourceEvent, Unreadable } from './events';
import { checkSettings } from './check-settings';
import { identityChange, type SourceSettings } from './settings';
import type { RegisteredSource, SourceState } from './state';

type Answer = Decision<SourceEvent>;

export function decideSource(command: SourceCommand, state: SourceState): Answer {
  if (command.type === 'RegisterSource') return register(command, state);
  if (state.status !== 'registered') return rejected('SOURCE_UNKNOWN', 'There is no such source.');
  switch (command.type) {
    case 'ChangeSource':
      return change(command, state);
    case 'RemoveSource':
      return remove(command, state);
    case 'RecordPoll':
      return recordPoll(command, state);
    case 'RecordUnreachable':
      return recordUnreachable(command, state);
  }
}

function register(command: RegisterSource, state: SourceState): Answer {
  const wrong = checkSettings(command.settings);
  if (wrong !== undefined) return wrong;
  if (state.status === 'registered') {
    const same = JSON.stringify(state.settings) === JSON.stringify(command.settings);
    if (same) return ignored('registered already with these settings');
    return rejected(
      'SOURCE_NAME_TAKEN',
      `A source named "${state.settings.name}" is registered already.`,
      'name',
    );
  }
  const kept =
    state.status === 'removed' && command.copied ? revivedOver(state, command.settings) : undefined;
  if (kept !== undefined) return kept;
  const revision = state.status === 'removed' ? state.revision + 1 : 1;
  return accepted({
    type: 'SourceRegistered',
    data: { sourceId: command.sourceId, settings: command.settings, revision },
  });
}

/** A source that comes back to what is still there of its copy. */
function revivedOver(
  removed: Extract<SourceState, { status: 'removed' }>,
  settings: SourceSettings,
): Answer | undefined {
  if (removed.elements === 'keep') return identityFixed(removed.settings, settings);
  const { name } = removed.settings;
  return rejected(
    'SOURCE_BUSY',
    `"${name}" is still being removed with its elements: ask again in a moment.`,
  );
}

function change(command: ChangeSource, state: RegisteredSource): Answer {
  if (command.expectedRevision !== undefined && command.expectedRevision !== state.revision) {
    return rejected(
      'SOURCE_REVISION_STALE',
      `"${state.settings.name}" is at revision ${state.revision}, not ${command.expectedRevision}: read it again.`,
    );
  }
  const wrong = checkSettings(command.settings);
  if (wrong !== undefined) return wrong;
  const fixed = command.copied ? identityFixed(state.settings, command.settings) : undefined;
  if (fixed !== undefined) return fixed;
  if (JSON.stringify(state.settings) === JSON.stringify(command.settings)) return ignored('nothing differs');
  return accepted({
    type: 'SourceChanged',
    data: { sourceId: state.id, settings: command.settings, revision: state.revision + 1 },
  });
}

function identityFixed(from: SourceSettings, to: SourceSettings): Answer | undefined {
  const path = identityChange(from, to);
  if (path === undefined) return undefined;
  return rejected(
    'SOURCE_IDENTITY_FIXED',
    `${path} of "${from.name}" is fixed since its first synchronization: register another source instead.`,
    path,
  );
}

function remove(command: RemoveSource, state: RegisteredSource): Answer {
  return accepted({ type: 'SourceRemoved', data: { sourceId: state.id, elements: command.elements } });
}

/** A poll of an unchanged source appends nothing. */
function recordPoll(command: RecordPoll, state: RegisteredSource): Answer {
  const recovered: SourceEvent[] =
    state.polling.problem === null ? [] : [{ type: 'SourceRecovered', data: { sourceId: state.id } }];
  const poll = pollEvent(command, state);
  const events = poll === undefined ? recovered : [...recovered, poll];
  return events.length === 0 ? ignored('the numbers are those already known') : accepted(...events);
}

function pollEvent(command: RecordPoll, state: RegisteredSource): PollEvent | undefined {
  const news = command.counts.filter((count) => isNews(count, command));
  const firstWord = !state.polling.polled;
  if (news.length === 0 && !firstWord && sameUnreadable(state.polling.unreadable, command.unreadable))
    return undefined;
  const after = foldCounts(command.known, news);
  const data: PollResult = {
    sourceId: state.id,
    censusAt: command.censusAt,
    oldestDay: command.oldestDay,
    newestDay: command.newestDay,
    unreadable: command.unreadable,
    counts: news,
    pending: totalOf(after, { sealed: false }).total,
    held: totalOf(after, { sealed: true }).total,
  };
  return { type: pollEventType(news, data), data };
}

function sameUnreadable(a: Unreadable, b: Unreadable): boolean {
  return a.count === b.count && a.reasons.join() === b.reasons.join();
}

function isNews(count: DayCount, command: RecordPoll): boolean {
  const known = command.known.get(count.day);
  return !saysTheSame(count, known) && supersedes(count, known);
}

/** Named for what a reader would act on first: something sealed changed, something waits, nothing waits. */
function pollEventType(news: readonly DayCount[], data: PollResult): PollEvent['type'] {
  if (news.length > 0 && news.every((count) => count.sealed)) return 'LateElementsHeld';
  return data.pending > 0 ? 'PendingElementsDetected' : 'SourceAligned';
}

function recordUnreachable(command: RecordUnreachable, state: RegisteredSource): Answer {
  if (state.polling.problem?.code === command.code) return ignored('known already');
  return accepted({
    type: 'SourceUnreachable',
    data: { sourceId: state.id, code: command.code, detail: command.detail },
  });
}
