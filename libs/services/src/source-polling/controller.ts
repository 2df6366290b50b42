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
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { answering } from '../nest/answering';
import { changeSource, lastPolls, refreshStatus, registerSource, removeSource, testSource } from './commands';
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
  lastPolls(@Payload() asked: LastPollsQuestion): Promise<readonly LastPoll[]> {
    const found = lastPolls(this.polling.context, asked.sourceIds);
    return answering(found.then((value) => ({ kind: 'answer', value })));
  }

  /** Answers when a poll that began after the question is through, or after `waitMs` with what is known. */
  @MessagePattern(SUBJECTS.refreshStatus)
  refresh(@Payload() asked: RefreshStatusQuestion): Promise<LastPoll> {
    return answering(refreshStatus(this.polling.context, this.polling.poller(), asked));
  }

  @EventPattern(NUDGES.runEnded)
  runEnded(@Payload() ended: RunEndedNudge): void {
    this.pollSoon(ended.sourceId, ended.correlationId);
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
