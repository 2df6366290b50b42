import { Inject, Injectable } from '@nestjs/common';
import type { Accounts, User } from '../accounts/port';
import { HttpProblem } from '../http/http-problem';
import { ACCOUNTS, CLOCK, type Clock } from '../parts';
import { unauthorized } from './admission';
import { SignInAttempts } from './sign-in-attempts';

export interface SignInTry {
  readonly name: string;
  readonly password: string;
  /** Where it comes from. */
  readonly address: string;
}

/** Checks a name and a password, as often as it may be tried. */
@Injectable()
export class SignIn {
  constructor(
    @Inject(ACCOUNTS) private readonly accounts: Accounts,
    @Inject(SignInAttempts) private readonly attempts: SignInAttempts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws HttpProblem CREDENTIALS_INVALID, ATTEMPTS_TOO_FAST. */
  async check({ name, password, address }: SignInTry): Promise<User> {
    const at = this.clock();
    const seconds = await this.attempts.begin(name, address, at);
    if (seconds > 0) {
      throw new HttpProblem('ATTEMPTS_TOO_FAST', `Too many attempts: try again in ${seconds} s.`, {
        headers: { 'retry-after': String(seconds) },
      });
    }
    const user = await this.accounts.authenticate(name, password);
    if (user === null) throw unauthorized('CREDENTIALS_INVALID', 'Name or password is wrong.');
    await this.attempts.succeeded(name, address, at);
    return user;
  }
}
