/**
 * How services ask each other. Questions and nudges only: losing every message may slow Daymark and must not make it
 * lie. Handlers are Nest's own (`@MessagePattern`, `@EventPattern`); the transport is chosen in the shells.
 */
export interface Messenger {
  /**
   * Asks one of the services that answer this subject and waits for its answer.
   *
   * A question is delivered at most once, and is not asked again by the transport. Whoever repeats it after TIMEOUT,
   * DISCONNECTED or CLOSED must ask something that may take effect twice without harm.
   *
   * @throws MessageFault NO_RESPONDER at once when nobody listens, TIMEOUT after `timeoutMs` (the outcome is then
   *   unknown), REJECTED with what the handler said (its `problem`), TOO_LARGE and NOT_JSON before anything is sent,
   *   DISCONNECTED at once while there is no connection (nothing was sent) and for questions in hand when it breaks
   *   (their outcome is unknown), CLOSED once this process has left the transport (also for questions in hand: their
   *   outcome is unknown).
   */
  ask<Answer>(subject: string, question: unknown, options: { timeoutMs: number }): Promise<Answer>;

  /**
   * Tells everybody who listens, once per queue group; nobody listening is no error, nothing is kept: a nudge that is
   * sent while there is no connection is lost. Resolves without waiting for the listeners.
   *
   * @throws MessageFault TOO_LARGE, NOT_JSON, CLOSED
   */
  nudge(subject: string, message: unknown): Promise<void>;
}

/** What a handler says instead of an answer. The only error shape that crosses the wire. */
export interface Problem {
  readonly code: string;
  /** One sentence: what happened and to what. */
  readonly detail: string;
  readonly retryable: boolean;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export type MessageFaultCode =
  'NO_RESPONDER' | 'TIMEOUT' | 'REJECTED' | 'TOO_LARGE' | 'NOT_JSON' | 'DISCONNECTED' | 'CLOSED';

export class MessageFault extends Error {
  override readonly name = 'MessageFault';
  readonly code: MessageFaultCode;
  /** What the handler said; only with REJECTED. */
  readonly problem: Problem | undefined;

  constructor(code: MessageFaultCode, message: string, options: { problem?: Problem; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.problem = options.problem;
  }
}
