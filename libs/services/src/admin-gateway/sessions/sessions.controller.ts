import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import type { Response } from 'express';
import { derivedId } from '@daymark/contracts';
import type { User } from '../accounts/port';
import type { GatewayRequest } from '../http/gateway-request';
import { idempotencyKeyOf } from '../http/idempotency-key';
import { IDS, LOCAL_SESSIONS, type Ids } from '../parts';
import { AskedBy, enteredOf, type Asker } from './asker';
import { Open, Roles } from './access';
import { localOnly } from './local-only';
import { clearSessionCookie, setSessionCookie } from './session-cookie';
import type { SessionTokens } from './session-tokens';
import { SignIn } from './sign-in';

class Credentials {
  @IsString() @Length(1, 256) readonly username!: string;
  @IsString() @Length(1, 1024) readonly password!: string;
}

export interface SessionDocument {
  readonly token: string;
  /** RFC 3339 in UTC. */
  readonly expiresAt: string;
  readonly user: User;
}

@Controller()
export class SessionsController {
  constructor(
    @Inject(LOCAL_SESSIONS) private readonly tokens: SessionTokens | null,
    @Inject(SignIn) private readonly signing: SignIn,
    @Inject(IDS) private readonly ids: Ids,
  ) {}

  /** Repeated under one idempotency key it gives the same session; the token itself is kept nowhere. */
  @Open()
  @Post('sessions')
  async signIn(
    @Body() { username, password }: Credentials,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SessionDocument> {
    const tokens = localOnly(this.tokens);
    const key = idempotencyKeyOf(request);
    const address = request.ip ?? '';
    const user = await this.signing.check({ name: username, password, address });
    const id = key === undefined ? this.ids() : derivedId('session', user.name, key);
    const session = await tokens.issue(id, user.name);
    request.entered = { session, via: 'bearer' };
    setSessionCookie(response, session);
    return { token: session.token, expiresAt: session.expiresAt, user: session.user };
  }

  @Delete('sessions/current')
  @Roles('administrator', 'viewer')
  @HttpCode(204)
  async signOut(
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    await localOnly(this.tokens).revoke(enteredOf(request).session);
    clearSessionCookie(response);
  }

  @Get('me')
  @Roles('administrator', 'viewer')
  me(@AskedBy() asker: Asker): User {
    return asker.user;
  }
}
