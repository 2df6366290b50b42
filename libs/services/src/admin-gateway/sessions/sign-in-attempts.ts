import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { ATTEMPTS } from '../parts';
import type { Attempts } from './port';

const longestWaitMs = 60_000;
const forgottenAfterMs = 15 * 60_000;

/** One count of an attempt: who it is kept under, and how many cost nothing but their own time. */
interface Counter {
  readonly who: string;
  readonly free: number;
}

/**
 * Slows down whoever guesses: after five attempts in a row at one account from one address, or a hundred from one
 * address, each next one waits 1 s, 2 s, 4 s … 60 s after the one before. Counted when an attempt begins, so that many
 * at once gain nothing, and in the database, so that asking another replica gains nothing.
 */
@Injectable()
export class SignInAttempts {
  constructor(@Inject(ATTEMPTS) private readonly attempts: Attempts) {}

  /** 0 when the attempt may be made, else how many seconds to wait first. */
  async begin(name: string, address: string, at: string): Promise<number> {
    const waits = [];
    for (const counter of countersOf(name, address)) waits.push(await this.beginOne(counter, Date.parse(at)));
    return Math.max(...waits);
  }

  async succeeded(name: string, address: string, at: string): Promise<void> {
    await this.attempts.forget(countersOf(name, address).map(({ who }) => who));
    await this.attempts.sweep(instant(Date.parse(at) - forgottenAfterMs));
  }

  private async beginOne({ who, free }: Counter, at: number): Promise<number> {
    for (;;) {
      const known = await this.attempts.look(who);
      const lastAt = known === null ? 0 : Date.parse(known.lastAt);
      const count = known === null || at - lastAt >= forgottenAfterMs ? 0 : known.count;
      const waitMs = count === 0 ? 0 : lastAt + pauseAfter(count - free) - at;
      if (waitMs > 0) return Math.ceil(waitMs / 1000);
      const now = { count: count + 1, lastAt: instant(at) };
      if (await this.attempts.keep(who, known?.count ?? 0, now)) return 0;
    }
  }
}

/** Hashed: people type passwords where names belong. */
function countersOf(name: string, address: string): readonly Counter[] {
  const hashed = (...parts: string[]) =>
    createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
  return [
    { who: hashed(name, address), free: 5 },
    { who: hashed(address), free: 100 },
  ];
}

function pauseAfter(overFree: number): number {
  return overFree < 0 ? 0 : Math.min(longestWaitMs, 1000 * 2 ** Math.min(overFree, 10));
}

function instant(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
