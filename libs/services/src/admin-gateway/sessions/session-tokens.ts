import { SignJWT, errors, jwtVerify } from 'jose';
import type { Accounts, Role, User } from '../accounts/port';
import type { Clock } from '../parts';

export const SESSION_TOKENS = Symbol('daymark.gateway.session-tokens');

export interface Session {
  readonly token: string;
  /** RFC 3339 in UTC. */
  readonly expiresAt: string;
  readonly user: User;
}

export interface SessionTokens {
  issue(user: User): Promise<Session>;
  /** Null for every token that is not one of ours, untouched and in its time. */
  verify(token: string): Promise<User | null>;
}

const issuer = 'urn:daymark:admin-gateway';
const audience = 'urn:daymark:api';
const algorithm = 'HS256';
const lifeSeconds = 12 * 60 * 60;
const toleranceSeconds = 30;

/** Tokens signed with the installation's own key. The algorithm is ours to choose, never the token's. */
export function createSessionTokens(accounts: Pick<Accounts, 'signingKey'>, clock: Clock): SessionTokens {
  let kept: Promise<Uint8Array> | undefined;
  const key = () => {
    kept ??= accounts.signingKey().catch((error: unknown) => {
      kept = undefined;
      throw error;
    });
    return kept;
  };
  return {
    issue: async (user) => issue(user, await key(), clock()),
    verify: async (token) => verify(token, await key(), clock()),
  };
}

async function issue(user: User, key: Uint8Array, at: string): Promise<Session> {
  const now = Math.floor(Date.parse(at) / 1000);
  const expires = now + lifeSeconds;
  const token = await new SignJWT({ roles: [...user.roles] })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user.name)
    .setIssuedAt(now)
    .setNotBefore(now)
    .setExpirationTime(expires)
    .sign(key);
  return { token, expiresAt: new Date(expires * 1000).toISOString(), user };
}

async function verify(token: string, key: Uint8Array, at: string): Promise<User | null> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer,
      audience,
      requiredClaims: ['sub', 'iat', 'nbf', 'exp', 'roles'],
      clockTolerance: toleranceSeconds,
      currentDate: new Date(at),
    });
    const roles = rolesIn(payload['roles']);
    return payload.sub === undefined || roles === null ? null : { name: payload.sub, roles };
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}

function rolesIn(claim: unknown): readonly Role[] | null {
  return Array.isArray(claim) ? claim.filter((role): role is Role => role === 'administrator') : null;
}
