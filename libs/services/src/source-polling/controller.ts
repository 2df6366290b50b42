import {
  ChangeSourceQuestion,
  LastPollsQuestion,
  NUDGES,
  RefreshStatusQuestion,
  RegisterSourceQuestion,
  RemoveSourceQuestion,
  RunEndedNudge,
  SUBJECTS,
  TestSourceQuestion,
} from '@daymark/contracts';
import type { LastPoll, RemovedAnswer, SourceAnswer, TestAnswer } from '@daymark/contracts';
import { rejected } from '@daymark/domain/decision';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { answering, type Answer } from '../nest/answering';
import { changeSource, lastPoll, lastPolls, registerSource, removeSource, testSource } from './commands';
import type { SourcePolling } from './source-polling';
import { SOURCE_POLLING } from './token';

@Controller()
export class SourcePollingController {
  constructor(@Inject(SOURCE_POLLING) private readonly polling: SourcePolling) {}

  @MessagePattern(SUBJECTS.registerSource)
  async register(@Payload() asked: RegisterSourceQuestion): Promise<SourceAnswer> {
    const answer = await answering(registerSource(this.polling.context, asked));
    this.pollSoon(answer.sourceId, asked.caller.correlationId);
    return answer;
  }

  @MessagePattern(SUBJECTS.changeSource)
  async change(@Payload() asked: ChangeSourceQuestion): Promise<SourceAnswer> {
    const answer = await answering(changeSource(this.polling.context, asked));
    this.pollSoon(answer.sourceId, asked.caller.correlationId);
    return answer;
  }

  @MessagePattern(SUBJECTS.removeSource)
  remove(@Payload() asked: RemoveSourceQuestion): Promise<RemovedAnswer> {
    return answering(removeSource(this.polling.context, asked));
  }

  @MessagePattern(SUBJECTS.testSource)
  test(@Payload() asked: TestSourceQuestion): Promise<TestAnswer> {
    return answering(testSource(this.polling.context, asked.settings));
  }

  @MessagePattern(SUBJECTS.lastPolls)
  lastPolls(@Payload() asked: LastPollsQuestion): readonly LastPoll[] {
    return lastPolls(this.polling.context, this.polling.poller(), asked.sourceIds);
  }

  /** Answers when a poll that began after the question is through, or after `waitMs` with what is known. */
  @MessagePattern(SUBJECTS.refreshStatus)
  refresh(@Payload() asked: RefreshStatusQuestion): Promise<LastPoll> {
    return answering(this.refreshed(asked));
  }

  @EventPattern(NUDGES.runEnded)
  runEnded(@Payload() ended: RunEndedNudge): void {
    this.pollSoon(ended.sourceId, ended.correlationId);
  }

  private async refreshed({
    sourceId,
    waitMs,
    correlationId,
  }: RefreshStatusQuestion): Promise<Answer<LastPoll>> {
    await this.polling.context.caughtUp();
    const source = this.polling.context.registry.get(sourceId);
    if (source.status !== 'registered') return rejected('SOURCE_UNKNOWN', 'There is no such source.');
    const poller = this.polling.poller();
    const through = await within(waitMs, poller.request(sourceId, correlationId));
    return { kind: 'answer', value: { ...lastPoll(poller, source), checking: !through } };
  }

  private pollSoon(sourceId: string, correlationId: string | undefined): void {
    this.polling
      .poller()
      .request(sourceId, correlationId)
      .catch((fault: unknown) => {
        this.polling.context.deps.logger.error(
          { err: fault, sourceId, correlationId },
          'A poll could not be recorded; the next one is.',
        );
      });
  }
}

/** False when the work took longer than that; it goes on all the same. */
async function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true as const), late]);
  } finally {
    clearTimeout(timer);
  }
}
