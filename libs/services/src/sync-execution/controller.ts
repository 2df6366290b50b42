import { CancelRunQuestion, LiveRunsQuestion, RequestRunQuestion, SUBJECTS } from '@daymark/contracts';
import type { CancelRunAnswer, LiveRun, RequestRunAnswer } from '@daymark/contracts';
import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { answering } from '../nest/answering';
import { cancelRun, liveRuns, requestRun } from './commands';
import type { SyncExecution } from './sync-execution';
import { SYNC_EXECUTION } from './token';

@Controller()
export class SyncExecutionController {
  constructor(@Inject(SYNC_EXECUTION) private readonly execution: SyncExecution) {}

  @MessagePattern(SUBJECTS.requestRun)
  async requestRun(@Payload() asked: RequestRunQuestion): Promise<RequestRunAnswer> {
    const answer = await answering(requestRun(this.execution.context, asked));
    this.execution.wake();
    return answer;
  }

  @MessagePattern(SUBJECTS.cancelRun)
  async cancelRun(@Payload() asked: CancelRunQuestion): Promise<CancelRunAnswer> {
    const answer = await answering(cancelRun(this.execution.context, asked));
    this.execution.wake();
    return answer;
  }

  @MessagePattern(SUBJECTS.liveRuns)
  async liveRuns(@Payload() asked: LiveRunsQuestion): Promise<readonly LiveRun[]> {
    const live = liveRuns(this.execution.context, asked.runIds).then((value) => ({
      kind: 'answer' as const,
      value,
    }));
    return answering(live);
  }
}
