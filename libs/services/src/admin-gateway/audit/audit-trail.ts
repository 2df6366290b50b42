import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AUDIT_TABLE, LOGGER, type GatewayLogger } from '../parts';
import type { AuditEntry, AuditTable } from './port';

/** Refusals that are kept one by one: this many at once, then so many more a second. */
const burst = 500;
const perSecond = 20;
const keptMs = 90 * 24 * 60 * 60 * 1000;
const writesBetweenSweeps = 1_000;

/**
 * Who did what, and who was refused. A command is kept before it is answered. Refusals are kept in the background and
 * within a bound, so that nobody fills the disk by being refused: what is over the bound is counted.
 */
@Injectable()
export class AuditTrail implements OnApplicationShutdown {
  private waiting: AuditEntry[] = [];
  private writing: Promise<void> | undefined;
  private allowance = { left: burst, at: 0 };
  private passedOver = 0;
  private writes = 0;

  constructor(
    @Inject(AUDIT_TABLE) private readonly table: AuditTable,
    @Inject(LOGGER) private readonly logger: GatewayLogger,
  ) {}

  /** The effect is there: that it cannot be recorded is told in the log, and takes nothing back. */
  async command(entry: AuditEntry): Promise<void> {
    await this.write([entry]);
  }

  refusal(entry: AuditEntry): void {
    if (!this.mayKeep(Date.parse(entry.at))) {
      this.passedOver += 1;
      return;
    }
    this.waiting.push({ ...entry, repeated: 1 + this.passedOver });
    this.passedOver = 0;
    this.writing ??= this.drain();
  }

  /** Everything that was said before is kept. */
  async settled(): Promise<void> {
    await this.writing;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.settled();
  }

  private mayKeep(at: number): boolean {
    const refilled = ((at - this.allowance.at) / 1000) * perSecond;
    const left = Math.min(burst, this.allowance.left + Math.max(0, refilled));
    this.allowance = { left: Math.max(0, left - 1), at };
    return left >= 1;
  }

  private async drain(): Promise<void> {
    // What comes in one turn of the loop is one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.waiting.length > 0) {
      const entries = this.waiting;
      this.waiting = [];
      await this.write(entries);
    }
    this.writing = undefined;
  }

  private async write(entries: readonly AuditEntry[]): Promise<void> {
    try {
      await this.table.write(entries);
      this.writes += 1;
      const [first] = entries;
      if (first === undefined || this.writes % writesBetweenSweeps !== 0) return;
      await this.table.sweep(new Date(Date.parse(first.at) - keptMs).toISOString());
    } catch (err) {
      this.logger.error({ err, entries }, 'The audit could not be written.');
    }
  }
}
