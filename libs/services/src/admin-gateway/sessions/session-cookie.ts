import type { Request, Response } from 'express';
import { HttpProblem } from '../http/http-problem';
import type { SignedSession } from './session-tokens';

const NAME = 'daymark_session';
const form = new RegExp(`(?:^|;\\s*)${NAME}=([A-Za-z0-9._-]{1,4096})(?:;|$)`);

/** The token that a browser sends by itself. */
export function cookieToken(request: Request): string | undefined {
  return form.exec(request.headers.cookie ?? '')?.[1];
}

/** No script may read it, no other site may send it. */
export function setSessionCookie(response: Response, { token, expiresAt }: SignedSession): void {
  response.cookie(NAME, token, { ...attributes(response), expires: new Date(expiresAt) });
}

export function clearSessionCookie(response: Response): void {
  response.clearCookie(NAME, attributes(response));
}

function attributes({ req }: Response) {
  return { httpOnly: true, sameSite: 'strict', secure: req.secure, path: '/' } as const;
}

const safe: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * What a browser sends by itself it might send for another site. SameSite=Strict stops that; browsers also say where a
 * request comes from, and whoever says "from elsewhere" may change nothing here.
 */
export function refuseForeign(request: Request): void {
  if (safe.has(request.method)) return;
  const site = request.get('sec-fetch-site');
  const origin = request.get('origin');
  const foreign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && hostOf(origin) !== request.get('host'));
  if (foreign) throw new HttpProblem('CROSS_SITE_REQUEST', 'A page of another site may change nothing here.');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
