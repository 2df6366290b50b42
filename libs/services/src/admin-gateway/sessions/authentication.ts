import type { Session } from './port';

/** Tells who stands behind a token. */
export interface Authentication {
  /** Null for every token that is not valid now, whatever is wrong with it. */
  verify(token: string): Promise<Session | null>;
  /** Which of the sessions still live, with the roles of now: for streams, which outlast the check at their start. */
  living(sessions: readonly Session[]): Promise<readonly Session[]>;
}
