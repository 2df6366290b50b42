import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { SourcePolling } from './source-polling';
import { SOURCE_POLLING } from './token';

/** Only a ticker: what is due is decided from each source's last poll and the clock. */
@Injectable()
export class PollTicker {
  /** An outage is one line. */
  private failed = false;

  constructor(@Inject(SOURCE_POLLING) private readonly polling: SourcePolling) {}

  @Interval(1_000)
  async tick(): Promise<void> {
    try {
      await this.polling.poller().tick();
      this.failed = false;
    } catch (err) {
      if (!this.failed)
        this.polling.context.deps.logger.warn({ err }, 'What is due cannot be looked up for now.');
      this.failed = true;
    }
  }
}
