import {
  decodeEvent,
  derivedId,
  encodeEvent,
  type CommandContext,
  type DaymarkEvent,
} from '@daymark/contracts';
import { ignored, type Decision } from '@daymark/domain/decision';
import {
  EventLogFault,
  streamId,
  type EventLog,
  type Position,
  type RecordedEvent,
  type StreamId,
} from '@daymark/event-log';

/** How a stream of one category folds. */
export interface Aggregate<State, Event extends DaymarkEvent> {
  readonly category: string;
  readonly initial: State;
  readonly evolve: (state: State, event: Event) => State;
  /**
   * Whether the command of such an event is known again however late it is repeated. Without it a decider has to see
   * from the state that there is nothing more to do.
   */
  readonly remembers?: (event: Event) => boolean;
}

export interface Decided<State, Event> {
  readonly decision: Decision<Event>;
  /** The state after the decision, as the log has it. */
  readonly state: State;
  /** Where the last event of the stream stands; null when there is none. */
  readonly position: Position | null;
}

interface Known<State> {
  readonly state: State;
  readonly revision: bigint | null;
  readonly position: Position | null;
  /** Commands that were carried out, as far as they are remembered. */
  readonly commands: ReadonlySet<string>;
}

/** States of one category, each as its stream has it: only what was added since the last look is read. */
export interface StreamStates<State, Event extends DaymarkEvent> {
  load(id: string): Promise<State>;
  /** Whether a command that is remembered was carried out. */
  hasDone(id: string, commandId: string): Promise<boolean>;
  /**
   * Decides on the stream as it stands and appends what was accepted, by exact revision; a conflict means that somebody
   * else decided meanwhile, and the question is put again. Ids are derived from the command, so a retry repeats them; one
   * that is remembered is ignored.
   */
  decide(
    id: string,
    context: CommandContext,
    decide: (state: State) => Decision<Event> | Promise<Decision<Event>>,
  ): Promise<Decided<State, Event>>;
}

const KEPT = 2_000;
const TRIES = 20;

export function createStreamStates<State, Event extends DaymarkEvent>(
  log: EventLog,
  aggregate: Aggregate<State, Event>,
): StreamStates<State, Event> {
  const kept = new Map<string, Known<State>>();
  const unknown = { state: aggregate.initial, revision: null, position: null, commands: new Set<string>() };

  async function read(id: string): Promise<Known<State>> {
    const known = kept.get(id) ?? unknown;
    const slice = await log.read(nameOf(id), known.revision === null ? 0n : known.revision + 1n);
    if (slice.events.length === 0) return known;
    return keep(id, foldOnto(aggregate, known, slice.events));
  }

  function keep(id: string, known: Known<State>): Known<State> {
    const newer = kept.get(id);
    if ((newer?.revision ?? -1n) > (known.revision ?? -1n)) return newer as Known<State>;
    kept.delete(id);
    kept.set(id, known);
    const oldest = kept.size > KEPT ? kept.keys().next().value : undefined;
    if (oldest !== undefined) kept.delete(oldest);
    return known;
  }

  function nameOf(id: string): StreamId {
    return streamId(aggregate.category, id);
  }

  async function attempt(id: string, context: CommandContext, known: Known<State>, events: readonly Event[]) {
    const { revision } = known;
    const expect =
      revision === null ? ({ kind: 'noStream' } as const) : ({ kind: 'exactly', revision } as const);
    return log.append(nameOf(id), stored(events, context), expect);
  }

  return {
    load: async (id) => (await read(id)).state,
    hasDone: async (id, commandId) => (await read(id)).commands.has(commandId),
    decide: async (id, context, decide) => {
      for (let i = 0; i < TRIES; i += 1) {
        const known = await read(id);
        const repeated = known.commands.has(context.commandId);
        const decision = repeated ? ignored('done already') : await decide(known.state);
        if (decision.kind !== 'accepted') return { decision, state: known.state, position: known.position };
        const appended = await attempt(id, context, known, decision.events);
        if (appended.kind === 'conflict') continue;
        const state = decision.events.reduce(aggregate.evolve, known.state);
        const { revision, position } = appended;
        keep(id, {
          state,
          revision,
          position,
          commands: commandsAfter(aggregate, known, context.commandId, decision.events),
        });
        return { decision, state, position: appended.position };
      }
      throw new EventLogFault('LOG_UNAVAILABLE', `Others keep writing to ${nameOf(id)}.`, {
        retryable: true,
      });
    },
  };
}

function commandsAfter<State, Event extends DaymarkEvent>(
  aggregate: Aggregate<State, Event>,
  { commands }: Known<State>,
  commandId: string,
  events: readonly Event[],
): ReadonlySet<string> {
  const remembered = events.some((event) => aggregate.remembers?.(event) === true);
  return remembered ? new Set([...commands, commandId]) : commands;
}

function foldOnto<State, Event extends DaymarkEvent>(
  aggregate: Aggregate<State, Event>,
  known: Known<State>,
  events: readonly RecordedEvent[],
): Known<State> {
  let { state, revision, position } = known;
  const commands = new Set(known.commands);
  for (const recorded of events) {
    ({ revision, position } = recorded);
    const decoded = decodeEvent(recorded);
    if (!decoded.known) continue;
    const event = decoded.event as Event;
    state = aggregate.evolve(state, event);
    if (aggregate.remembers?.(event) === true) commands.add(decoded.metadata.commandId);
  }
  return { state, revision, position, commands };
}

function stored(events: readonly DaymarkEvent[], context: CommandContext) {
  return events.map((event, i) => encodeEvent(event, eventId(event, context, i), context));
}

/** By (run, day, type) for what a run commits, so that any holder gives it the same id; else by (command, index). */
function eventId(event: DaymarkEvent, context: CommandContext, index: number): string {
  if (event.type === 'DaySynchronized') return derivedId(event.data.runId, event.data.day, event.type);
  return derivedId(context.commandId, event.type, index);
}
