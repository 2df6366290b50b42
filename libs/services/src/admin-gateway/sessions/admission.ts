import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HttpProblem } from '../http/http-problem';
import { AUTHENTICATION, CLOCK, LOCAL_SESSIONS, type Clock } from '../parts';
import type { Authentication } from './authentication';
import { FailedCredentials } from './failed-credentials';
import type { Session } from './port';
import { cookieToken, refuseForeign, setSessionCookie } from './session-cookie';
import { TOKEN_LIFE_SECONDS, type SessionTokens } from './session-tokens';

/** Who was let in, and how: a browser sends its cookie by itself, a script its token on purpose. */
export interface Entered {
  readonly session: Session;
  readonly via: 'cookie' | 'bearer';
}

const bearer = /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i;

/** Finds out who asks: by the header, else by the cookie, and by nothing else. */
@Injectable()
export class Admission {
  constructor(
    @Inject(AUTHENTICATION) private readonly authentication: Authentication,
    @Inject(LOCAL_SESSIONS) private readonly local: SessionTokens | null,
    @Inject(FailedCredentials) private readonly failed: FailedCredentials,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(request: Request, response: Response): Promise<Entered> {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const session = await this.sessionOf(bearer.exec(header)?.[1], request);
      return { session, via: 'bearer' };
    }
    const token = this.local === null ? undefined : cookieToken(request);
    if (token === undefined) {
      throw unauthorized('SESSION_REQUIRED', 'This needs a session: POST /api/v1/sessions gives a token.');
    }
    const session = await this.sessionOf(token, request);
    refuseForeign(request);
    await this.prolong(session, response);
    return { session, via: 'cookie' };
  }

  private async sessionOf(token: string | undefined, request: Request): Promise<Session> {
    const session = token === undefined ? null : await this.authentication.verify(token);
    if (session !== null) return session;
    this.failed.note(request.ip ?? '', Date.parse(this.clock()));
    throw unauthorized('SESSION_INVALID', 'The token is not valid, or no longer.');
  }

  /** A browser that is in use is not thrown out in the middle. */
  private async prolong(session: Session, response: Response): Promise<void> {
    const left = Date.parse(session.expiresAt) - Date.parse(this.clock());
    if (left > (TOKEN_LIFE_SECONDS * 1000) / 2) return;
    const renewed = await this.local?.renew(session);
    if (renewed !== null && renewed !== undefined) setSessionCookie(response, renewed);
  }
}

export function unauthorized(code: string, detail: string): HttpProblem {
  const error = code === 'SESSION_INVALID' ? ', error="invalid_token"' : '';
  return new HttpProblem(code, detail, { headers: { 'www-authenticate': `Bearer realm="daymark"${error}` } });
}
