import { MessageFault, type Messenger } from '@daymark/messaging';

type Handler = (question: Record<string, unknown>) => unknown;

/** Answers as a spec says; subjects that it says nothing of have no responder. */
export interface ScriptedMessenger extends Messenger {
  readonly asked: { subject: string; question: Record<string, unknown>; timeoutMs: number }[];
  on(subject: string, handler: Handler): void;
  /** The questions put to one subject, oldest first. */
  questions(subject: string): Record<string, unknown>[];
}

export function createScriptedMessenger(): ScriptedMessenger {
  const handlers = new Map<string, Handler>();
  const asked: ScriptedMessenger['asked'] = [];
  return {
    asked,
    on: (subject, handler) => void handlers.set(subject, handler),
    questions: (subject) => asked.filter((one) => one.subject === subject).map((one) => one.question),
    ask: async <Answer>(subject: string, question: unknown, { timeoutMs }: { timeoutMs: number }) => {
      const plain = JSON.parse(JSON.stringify(question)) as Record<string, unknown>;
      asked.push({ subject, question: plain, timeoutMs });
      const handler = handlers.get(subject);
      if (handler === undefined) throw new MessageFault('NO_RESPONDER', `nobody answers ${subject}`);
      return (await handler(plain)) as Answer;
    },
    nudge: () => Promise.resolve(),
  };
}

/** What a service's refusal arrives as. */
export function rejection(
  code: string,
  options: { retryable?: boolean; errors?: { path: string; message: string }[] } = {},
): MessageFault {
  const { retryable = false, errors } = options;
  const problem = {
    code,
    detail: `Refused with ${code}.`,
    retryable,
    ...(errors === undefined ? {} : { errors }),
  };
  return new MessageFault('REJECTED', code, { problem });
}
