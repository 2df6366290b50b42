import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { SourcePolling } from './source-polling';
import { SOURCE_POLLING } from './token';

/** Only a ticker: what is due is decided from each source's last poll and the clock. */
@Injectable()
export class PollTicker {
  constructor(@Inject(SOURCE_POLLING) private readonly polling: SourcePolling) {}

  @Interval(1_000)
  tick(): void {
    this.polling.poller().tick();
  }
}
