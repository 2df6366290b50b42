import { Body, Controller, Get, Inject, Post, Req } from '@nestjs/common';
import { IsString, Length } from 'class-validator';
import type { Request } from 'express';
import type { Accounts, User } from '../accounts/port';
import { HttpProblem } from '../http/http-problem';
import { ACCOUNTS, CLOCK, type Clock } from '../parts';
import { unauthorized } from './access.guard';
import { Open } from './access';
import { AskedBy, type Asker } from './asker';
import { SESSION_TOKENS, type Session, type SessionTokens } from './session-tokens';
import { SignInAttempts } from './sign-in-attempts';

class Credentials {
  @IsString() @Length(1, 256) readonly username!: string;
  @IsString() @Length(1, 1024) readonly password!: string;
}

@Controller()
export class SessionsController {
  constructor(
    @Inject(ACCOUNTS) private readonly accounts: Accounts,
    @Inject(SESSION_TOKENS) private readonly tokens: SessionTokens,
    @Inject(SignInAttempts) private readonly attempts: SignInAttempts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Open()
  @Post('sessions')
  async signIn(@Body() body: Credentials, @Req() request: Request): Promise<Session> {
    const who = JSON.stringify([body.username, request.ip ?? '']);
    const seconds = this.attempts.begin(who, Date.parse(this.clock()));
    if (seconds > 0) {
      throw new HttpProblem('ATTEMPTS_TOO_FAST', `Too many attempts: try again in ${seconds} s.`, {
        headers: { 'retry-after': String(seconds) },
      });
    }
    const user = await this.accounts.authenticate(body.username, body.password);
    if (user === null) throw unauthorized('CREDENTIALS_INVALID', 'Name or password is wrong.');
    this.attempts.succeeded(who);
    return this.tokens.issue(user);
  }

  @Get('me')
  me(@AskedBy() asker: Asker): User {
    return asker.user;
  }
}
