import {
  decodeEvent,
  derivedId,
  encodeEvent,
  type CommandContext,
  type DaymarkEvent,
} from '@daymark/contracts';
import type { Decision } from '@daymark/domain/decision';
import { EventLogFault, streamId, type EventLog, type Position, type StreamId } from '@daymark/event-log';

/** How a stream of one category folds. */
export interface Aggregate<State, Event extends DaymarkEvent> {
  readonly category: string;
  readonly initial: State;
  readonly evolve: (state: State, event: Event) => State;
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
}

/** States of one category, each as its stream has it: only what was added since the last look is read. */
export interface StreamStates<State, Event extends DaymarkEvent> {
  load(id: string): Promise<State>;
  /**
   * Decides on the stream as it stands and appends what was accepted, by exact revision; a conflict means that somebody
   * else decided meanwhile, and the question is put again. Ids are derived from the command, so a retry repeats them.
   */
  decide(
    id: string,
    context: CommandContext,
    decide: (state: State) => Decision<Event>,
  ): Promise<Decided<State, Event>>;
}

const KEPT = 2_000;
const TRIES = 20;

export function createStreamStates<State, Event extends DaymarkEvent>(
  log: EventLog,
  aggregate: Aggregate<State, Event>,
): StreamStates<State, Event> {
  const kept = new Map<string, Known<State>>();

  async function read(id: string): Promise<Known<State>> {
    const known = kept.get(id) ?? { state: aggregate.initial, revision: null, position: null };
    const slice = await log.read(nameOf(id), known.revision === null ? 0n : known.revision + 1n);
    const last = slice.events.at(-1);
    if (last === undefined) return known;
    const state = slice.events.reduce((folded, recorded) => {
      const decoded = decodeEvent(recorded);
      return decoded.known ? aggregate.evolve(folded, decoded.event as Event) : folded;
    }, known.state);
    return keep(id, { state, revision: last.revision, position: last.position });
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
    const stored = events.map((event, i) => encodeEvent(event, eventId(event, context, i), context));
    const { revision } = known;
    const expect =
      revision === null ? ({ kind: 'noStream' } as const) : ({ kind: 'exactly', revision } as const);
    return log.append(nameOf(id), stored, expect);
  }

  return {
    load: async (id) => (await read(id)).state,
    decide: async (id, context, decide) => {
      for (let i = 0; i < TRIES; i += 1) {
        const known = await read(id);
        const decision = decide(known.state);
        if (decision.kind !== 'accepted') return { decision, state: known.state, position: known.position };
        const appended = await attempt(id, context, known, decision.events);
        if (appended.kind === 'conflict') continue;
        const state = decision.events.reduce(aggregate.evolve, known.state);
        keep(id, { state, revision: appended.revision, position: appended.position });
        return { decision, state, position: appended.position };
      }
      throw new EventLogFault('LOG_UNAVAILABLE', `Others keep writing to ${nameOf(id)}.`, {
        retryable: true,
      });
    },
  };
}

/** By (run, day, type) for what a run commits, so that any holder gives it the same id; else by (command, index). */
function eventId(event: DaymarkEvent, context: CommandContext, index: number): string {
  if (event.type === 'DaySynchronized') return derivedId(event.data.runId, event.data.day, event.type);
  return derivedId(context.commandId, event.type, index);
}
