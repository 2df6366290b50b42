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

/** Each costs a fifth of a second of a processor, on purpose: more than these at once wait outside. */
const mostInHand = 20;

/** Checks a name and a password, as often as it may be tried. */
@Injectable()
export class SignIn {
  private inHand = 0;

  constructor(
    @Inject(ACCOUNTS) private readonly accounts: Accounts,
    @Inject(SignInAttempts) private readonly attempts: SignInAttempts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** @throws HttpProblem CREDENTIALS_INVALID, ATTEMPTS_TOO_FAST. */
  async check({ name, password, address }: SignInTry): Promise<User> {
    const at = this.clock();
    const seconds = await this.attempts.begin(name, address, at);
    if (seconds > 0) throw tooFast(seconds);
    const user = await this.authenticated(name, password);
    if (user === null) throw unauthorized('CREDENTIALS_INVALID', 'Name or password is wrong.');
    await this.attempts.succeeded(name, address, at);
    return user;
  }

  private async authenticated(name: string, password: string): Promise<User | null> {
    if (this.inHand >= mostInHand) throw tooFast(1);
    this.inHand += 1;
    try {
      return await this.accounts.authenticate(name, password);
    } finally {
      this.inHand -= 1;
    }
  }
}

function tooFast(seconds: number): HttpProblem {
  return new HttpProblem('ATTEMPTS_TOO_FAST', `Too many attempts: try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}
