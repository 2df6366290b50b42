import { describe, expect, it } from '@jest/globals';
import { measuredMessenger, type MessagingMeter } from './measured';
import { MessageFault, type Messenger } from './port';

function heard(): { told: unknown[]; meter: MessagingMeter } {
  const told: unknown[] = [];
  return {
    told,
    meter: {
      asked: (subject, outcome, seconds) => told.push([subject, outcome, seconds]),
      nudged: (subject, outcome) => told.push([subject, outcome]),
    },
  };
}

/** A quarter of a second goes by between two looks at the clock. */
function steps(): () => number {
  let ms = 0;
  return () => (ms += 250);
}

const answering: Messenger = {
  ask: <Answer>(_subject: string, question: unknown) => Promise.resolve(question as Answer),
  nudge: () => Promise.resolve(),
};
const failing = (fault: Error): Messenger => ({
  ask: () => Promise.reject(fault),
  nudge: () => Promise.reject(fault),
});

describe('measuredMessenger', () => {
  it('passes questions and answers on, and tells how long they took', async () => {
    const { told, meter } = heard();
    const messenger = measuredMessenger(answering, meter, steps());
    expect(await messenger.ask('cmd.x', { a: 1 }, { timeoutMs: 1 })).toEqual({ a: 1 });
    await messenger.nudge('evt.y', {});
    expect(told).toEqual([
      ['cmd.x', 'answered', 0.25],
      ['evt.y', 'sent'],
    ]);
  });

  it.each([
    [new MessageFault('TIMEOUT', 'late'), 'timeout'],
    [new MessageFault('NO_RESPONDER', 'nobody'), 'no_responder'],
    [
      new MessageFault('REJECTED', 'no', { problem: { code: 'X', detail: '', retryable: false } }),
      'rejected',
    ],
    [new Error('canary'), 'failed'],
  ])('passes %s on as it is, by its kind', async (fault, outcome) => {
    const { told, meter } = heard();
    const messenger = measuredMessenger(failing(fault), meter, steps());
    await expect(messenger.ask('cmd.x', {}, { timeoutMs: 1 })).rejects.toBe(fault);
    await expect(messenger.nudge('evt.y', {})).rejects.toBe(fault);
    expect(told).toEqual([
      ['cmd.x', outcome, 0.25],
      ['evt.y', 'failed'],
    ]);
  });
});
