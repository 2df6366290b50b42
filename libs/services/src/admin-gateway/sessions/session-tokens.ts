import { SignJWT, errors, jwtVerify } from 'jose';
import type { Accounts } from '../accounts/port';
import type { Clock } from '../parts';
import type { Authentication } from './authentication';
import type { KeptSession, Session, Sessions } from './port';

export interface SignedSession extends Session {
  readonly id: string;
  readonly token: string;
}

/** The sessions of local accounts. */
export interface SessionTokens extends Authentication {
  /** `id` names the session: a sign-in that is repeated under the same id gives the same token while it lives. */
  issue(id: string, account: string): Promise<SignedSession>;
  /** A token with a fresh life for a session that goes on; null once it is as old as a session may become. */
  renew(session: Session): Promise<SignedSession | null>;
  revoke(session: Session): Promise<void>;
}

const issuer = 'urn:daymark:admin-gateway';
const audience = 'urn:daymark:api';
const algorithm = 'HS256';
const toleranceSeconds = 30;

/** Of a token, in seconds. A browser's is renewed while it is used, at most up to a day. */
export const TOKEN_LIFE_SECONDS = 4 * 60 * 60;
const longestSessionSeconds = 24 * 60 * 60;

interface TokenParts {
  readonly accounts: Pick<Accounts, 'signingKey'>;
  readonly sessions: Sessions;
  readonly clock: Clock;
}

/**
 * Tokens signed with the installation's own key, each for a session that is kept: a token is worth nothing once its
 * session ended, and its roles are those that the account has now. The algorithm is ours to choose, never the token's.
 */
export function createSessionTokens({ accounts, sessions, clock }: TokenParts): SessionTokens {
  let kept: Promise<Uint8Array> | undefined;
  const key = () => {
    kept ??= accounts.signingKey().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
  return {
    issue: async (id, account) => {
      const at = clock();
      const session = await sessions.open({ id, account, at, until: later(at, TOKEN_LIFE_SECONDS) });
      return sign(session, await key());
    },
    renew: async ({ id }) => {
      const at = clock();
      const session = id === null ? null : await sessions.find(id, at);
      return session === null ? null : renewed(session, { at, sessions, key: await key() });
    },
    revoke: async ({ id }) => (id === null ? undefined : sessions.end(id)),
    verify: async (token) => {
      const id = await sessionIn(token, await key(), clock());
      const session = id === null ? null : await sessions.find(id, clock());
      return session === null ? null : shown(session);
    },
    living: async (asked) => {
      const ids = asked.flatMap(({ id }) => id ?? []);
      return (await sessions.living(ids, clock())).map(shown);
    },
  };
}

async function renewed(
  session: KeptSession,
  { at, sessions, key }: { at: string; sessions: Sessions; key: Uint8Array },
): Promise<SignedSession | null> {
  const latest = later(session.createdAt, longestSessionSeconds);
  const wanted = later(at, TOKEN_LIFE_SECONDS);
  const until = wanted < latest ? wanted : latest;
  if (until <= session.expiresAt) return null;
  await sessions.extend(session.id, until);
  return sign({ ...session, expiresAt: until }, key);
}

function shown({ id, user, expiresAt }: KeptSession): Session {
  return { id, user, expiresAt };
}

/** The same session always gives the same token. */
async function sign(session: KeptSession, key: Uint8Array): Promise<SignedSession> {
  const begins = seconds(session.createdAt);
  const token = await new SignJWT({ roles: [...session.user.roles] })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(session.user.name)
    .setJti(session.id)
    .setIssuedAt(begins)
    .setNotBefore(begins)
    .setExpirationTime(seconds(session.expiresAt))
    .sign(key);
  return { ...shown(session), id: session.id, token };
}

async function sessionIn(token: string, key: Uint8Array, at: string): Promise<string | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      requiredClaims: ['sub', 'iat', 'nbf', 'exp', 'jti'],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(at),
    });
    return uuid.test(payload.jti ?? '') ? (payload.jti ?? null) : null;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function later(at: string, by: number): string {
  return new Date((seconds(at) + by) * 1000).toISOString();
}

function seconds(at: string): number {
  return Math.floor(Date.parse(at) / 1000);
}
