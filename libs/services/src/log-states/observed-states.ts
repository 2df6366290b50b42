import type { CommandContext, DaymarkEvent } from '@daymark/contracts';
import type { StreamStates } from './stream-states';

/** The same states; whoever looks on is told of each event that was appended here, once it was. It must not throw. */
export function observedStates<State, Event extends DaymarkEvent>(
  states: StreamStates<State, Event>,
  onAppended: (event: Event, context: CommandContext, state: State) => void,
): StreamStates<State, Event> {
  return {
    load: (id) => states.load(id),
    hasDone: (id, commandId) => states.hasDone(id, commandId),
    decide: async (id, context, decide) => {
      const decided = await states.decide(id, context, decide);
      const { decision, state } = decided;
      if (decision.kind === 'accepted')
        for (const event of decision.events) onAppended(event, context, state);
      return decided;
    },
  };
}
