import { expect } from '@jest/globals';
import type { Decision } from '../src/decision';

/** given(history).when(command).then…: a decider told as a story. */
export function storyOf<State, Command, Event>(decider: {
  readonly initial: State;
  readonly evolve: (state: State, event: Event) => State;
  readonly decide: (command: Command, state: State) => Decision<Event>;
}) {
  return (...history: readonly Event[]) => {
    const state = history.reduce(decider.evolve, decider.initial);
    return {
      state,
      when: (command: Command) => {
        const decision = decider.decide(command, state);
        return {
          decision,
          then: (...events: readonly Event[]) => expect(decision).toEqual({ kind: 'accepted', events }),
          thenNothing: () => expect(decision.kind).toBe('ignored'),
          thenRejected: (code: string) => expect(decision).toMatchObject({ kind: 'rejected', code }),
        };
      },
    };
  };
}
