import { accepted, ignored, rejected, type Decision } from '../decision';
import type {
  CompleteRun,
  FailRun,
  RecordDays,
  RequestRun,
  ResumeRun,
  StartRun,
  SyncRunCommand,
} from './commands';
import type { SyncRunEvent } from './events';
import { isFinished, type SyncRunState, type SyncRunStatus, type Underway } from './state';

type Answer = Decision<SyncRunEvent>;

/** The table of SPEC.md, cell by cell. */
export function decideSyncRun(command: SyncRunCommand, state: SyncRunState): Answer {
  if (command.type === 'RequestRun') return request(command, state);
  if (state.status === 'none') return rejected('RUN_UNKNOWN', 'There is no such run.');
  if (isFinished(state.status)) return finished(command.type, state.status);
  switch (command.type) {
    case 'StartRun':
      return start(command, state);
    case 'ResumeRun':
      return resume(command, state);
    case 'RecordDays':
      return recordDays(command, state);
    case 'CompleteRun':
      return complete(command, state);
    case 'FailRun':
      return fail(command, state);
    case 'CancelRun':
      return cancel(state);
  }
}

function request({ request: asked }: RequestRun, state: SyncRunState): Answer {
  if (state.status !== 'none') return ignored('requested already');
  return accepted({ type: asked.resync ? 'ResyncRequested' : 'SyncRequested', data: asked });
}

function finished(command: SyncRunCommand['type'], status: SyncRunStatus): Answer {
  if (command === 'StartRun') return rejected('RUN_FINISHED', `The run has ended already: ${status}.`);
  if (command === 'CancelRun') return rejected('RUN_FINISHED', `The run has ended already: ${status}.`);
  return ignored('the run has ended already');
}

function start(command: StartRun, state: SyncRunState): Answer {
  if (state.status === 'requested') {
    const { runId, sourceId } = state.request;
    return accepted({ type: 'SyncStarted', data: { runId, sourceId, token: command.token } });
  }
  if (state.status !== 'running' && state.status !== 'cancelling') return notStarted();
  if (state.token === command.token) return ignored('this holder has it already');
  const { runId, sourceId } = state.request;
  return accepted({
    type: 'SyncResumed',
    data: { runId, sourceId, token: command.token, attempt: state.attempts + 1 },
  });
}

function resume(command: ResumeRun, state: SyncRunState): Answer {
  if (state.status !== 'running' && state.status !== 'cancelling') return notStarted();
  if (command.token !== state.token) return takenOver();
  if (command.attempt !== state.attempts + 1) return ignored('that attempt is not the next one');
  const { runId, sourceId } = state.request;
  return accepted({
    type: 'SyncResumed',
    data: { runId, sourceId, token: state.token, attempt: command.attempt },
  });
}

function recordDays(command: RecordDays, state: SyncRunState): Answer {
  if (state.status !== 'running' && state.status !== 'cancelling') return notStarted();
  const news = new Map(command.days.filter(({ day }) => !state.days.has(day)).map((day) => [day.day, day]));
  if (news.size === 0) return ignored('recorded already');
  return accepted(...[...news.values()].map((data): SyncRunEvent => ({ type: 'DaySynchronized', data })));
}

/** A run that got through all its days before it saw the wish to cancel is cancelled all the same. */
function complete(command: CompleteRun, state: SyncRunState): Answer {
  if (state.status !== 'running' && state.status !== 'cancelling') return notStarted();
  if (command.token !== state.token) return takenOver();
  if (state.status === 'cancelling') return cancelled(state);
  const { runId, sourceId, period } = state.request;
  return accepted({ type: 'SyncCompleted', data: { runId, sourceId, period, ...command.end } });
}

function fail(command: FailRun, state: SyncRunState): Answer {
  if (state.status === 'requested') return failed(command, state);
  if (state.status !== 'running' && state.status !== 'cancelling') return notStarted();
  if (command.token !== state.token) return takenOver();
  return state.status === 'cancelling' ? cancelled(state) : failed(command, state);
}

function failed(
  { problem, end }: FailRun,
  { request: { runId, sourceId } }: Pick<Underway, 'request'>,
): Answer {
  return accepted({ type: 'SyncFailed', data: { runId, sourceId, problem, ...end } });
}

/** Said by a holder that another one has followed. */
function takenOver(): Answer {
  return ignored('another holder has the run');
}

function cancel(state: SyncRunState): Answer {
  if (state.status === 'requested') return cancelled(state);
  if (state.status === 'cancelling') return ignored('it is being cancelled already');
  if (state.status !== 'running') return notStarted();
  const { runId, sourceId } = state.request;
  return accepted({ type: 'SyncCancelRequested', data: { runId, sourceId } });
}

function cancelled(state: Pick<Underway, 'request'>): Answer {
  const { runId, sourceId } = state.request;
  return accepted({ type: 'SyncCancelled', data: { runId, sourceId } });
}

function notStarted(): Answer {
  return rejected('RUN_NOT_STARTED', 'The run has not been started.');
}
