import { MessageFault, type Messenger } from './port';

/** Is told of what was asked and nudged. None of these may throw. */
export interface MessagingMeter {
  /** `outcome`: answered, or the fault's code in small letters, or failed. */
  asked(subject: string, outcome: string, seconds: number): void;
  nudged(subject: string, outcome: 'sent' | 'failed'): void;
}

/** The same messenger, measured. `clock` counts milliseconds from anywhere, and never goes back. */
export function measuredMessenger(
  messenger: Messenger,
  meter: MessagingMeter,
  clock: () => number,
): Messenger {
  return {
    ask: async <Answer>(subject: string, question: unknown, options: { timeoutMs: number }) => {
      const begun = clock();
      const tell = (outcome: string): void => meter.asked(subject, outcome, (clock() - begun) / 1_000);
      try {
        const answer = await messenger.ask<Answer>(subject, question, options);
        tell('answered');
        return answer;
      } catch (fault) {
        tell(fault instanceof MessageFault ? fault.code.toLowerCase() : 'failed');
        throw fault;
      }
    },
    nudge: async (subject, message) => {
      try {
        await messenger.nudge(subject, message);
        meter.nudged(subject, 'sent');
      } catch (fault) {
        meter.nudged(subject, 'failed');
        throw fault;
      }
    },
  };
}
