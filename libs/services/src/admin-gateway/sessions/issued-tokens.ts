import { errors, jwtVerify, type JWTPayload } from 'jose';
import { isRole, type Role } from '../accounts/port';
import type { Clock, GatewayLogger } from '../parts';
import type { Authentication } from './authentication';
import type { Issuer } from './issuer';
import { issuerKeys, KeysUnavailable } from './issuer-keys';
import type { Session } from './port';

/** Asymmetric ones only: with a published key nobody may be able to sign. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];
const toleranceSeconds = 30;

/**
 * Tokens of an issuer elsewhere. Keys come from its JWKS, chosen by `kid`, never by what a token's header points to;
 * while they cannot be fetched nobody gets in who is not known by a kept key. A token lives until its `exp`.
 */
export function createIssuedTokens(
  settings: Issuer,
  { clock, logger }: { clock: Clock; logger: GatewayLogger },
): Authentication {
  const keys = issuerKeys(settings.jwksUrl, {
    now: () => Date.parse(clock()),
    onFault: (err) => logger.warn({ err }, 'The keys of the token issuer cannot be fetched.'),
  });
  return {
    verify: async (token) => {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms,
          issuer: settings.issuer,
          audience: settings.audience,
          requiredClaims: ['sub', 'exp'],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(clock()),
        });
        return sessionOf(payload, settings.rolesClaim);
      } catch (error) {
        const expected = error instanceof errors.JOSEError || error instanceof KeysUnavailable;
        if (!expected) logger.warn({ err: error }, 'A token could not be checked: it is refused.');
        return null;
      }
    },
    living: (sessions) => Promise.resolve(sessions.filter(({ expiresAt }) => expiresAt > clock())),
  };
}

function sessionOf(payload: JWTPayload, rolesClaim: string): Session | null {
  const { sub, exp } = payload;
  if (sub === undefined || exp === undefined || !plausibleName.test(sub)) return null;
  const roles = rolesAt(payload, rolesClaim.split('.'));
  const expiresAt = new Date(Math.min(exp, latest) * 1000).toISOString();
  return { id: null, user: { name: sub, roles }, expiresAt };
}

/** The last second that a date can name. */
const latest = 253_402_300_799;
/** Printable, and none of those that only our own services go by. */
const plausibleName = /^(?!system:)[^\p{C}]{1,256}$/u;

/** Only a list counts: a text that holds a role's name is no role. */
function rolesAt(claims: unknown, [name, ...rest]: readonly string[]): readonly Role[] {
  if (name === undefined) return Array.isArray(claims) ? claims.filter(isRole) : [];
  if (typeof claims !== 'object' || claims === null || !Object.hasOwn(claims, name)) return [];
  return rolesAt((claims as Readonly<Record<string, unknown>>)[name], rest);
}
