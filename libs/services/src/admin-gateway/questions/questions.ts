import { Inject, Injectable } from '@nestjs/common';
import {
  SUBJECTS,
  type CancelRunAnswer,
  type CancelRunQuestion,
  type ChangeSourceQuestion,
  type LastPoll,
  type LiveRun,
  type RegisterSourceQuestion,
  type RemovedAnswer,
  type RemoveSourceQuestion,
  type RequestRunAnswer,
  type RequestRunQuestion,
  type SourceAnswer,
  type TestAnswer,
  type TestSourceQuestion,
} from '@daymark/contracts';
import { MESSENGER, MessageFault, type Messenger } from '@daymark/messaging';
import type { Asking } from './asking';
import { GATEWAY_LIMITS } from './limits';

/** What the gateway asks of the services that decide. Each refuses with a MessageFault. */
@Injectable()
export class Questions {
  constructor(@Inject(MESSENGER) private readonly messenger: Messenger) {}

  registerSource(question: Asking<RegisterSourceQuestion>): Promise<SourceAnswer> {
    return this.messenger.ask(SUBJECTS.registerSource, question, { timeoutMs: GATEWAY_LIMITS.sourceMs });
  }

  changeSource(question: Asking<ChangeSourceQuestion>): Promise<SourceAnswer> {
    return this.messenger.ask(SUBJECTS.changeSource, question, { timeoutMs: GATEWAY_LIMITS.sourceMs });
  }

  removeSource(question: Asking<RemoveSourceQuestion>): Promise<RemovedAnswer> {
    return this.messenger.ask(SUBJECTS.removeSource, question, { timeoutMs: GATEWAY_LIMITS.sourceMs });
  }

  testSource(question: Asking<TestSourceQuestion>): Promise<TestAnswer> {
    return this.messenger.ask(SUBJECTS.testSource, question, { timeoutMs: GATEWAY_LIMITS.sourceMs });
  }

  requestRun(question: Asking<RequestRunQuestion>): Promise<RequestRunAnswer> {
    return this.messenger.ask(SUBJECTS.requestRun, question, { timeoutMs: GATEWAY_LIMITS.commandMs });
  }

  cancelRun(question: Asking<CancelRunQuestion>): Promise<CancelRunAnswer> {
    return this.messenger.ask(SUBJECTS.cancelRun, question, { timeoutMs: GATEWAY_LIMITS.commandMs });
  }

  /** The last poll once one that began after the question ended; null when that took longer than clients wait. */
  async refreshStatus(sourceId: string, correlationId: string): Promise<LastPoll | null> {
    const question = { sourceId, correlationId, waitMs: GATEWAY_LIMITS.refreshMs };
    const options = { timeoutMs: GATEWAY_LIMITS.refreshMs + GATEWAY_LIMITS.marginMs };
    try {
      return await this.messenger.ask<LastPoll>(SUBJECTS.refreshStatus, question, options);
    } catch (error) {
      if (error instanceof MessageFault && error.code === 'TIMEOUT') return null;
      throw error;
    }
  }

  /** Null when nobody answers: a read goes on without. */
  async lastPoll(sourceId: string): Promise<LastPoll | null> {
    const polls = await this.perhaps<readonly LastPoll[]>(SUBJECTS.lastPolls, { sourceIds: [sourceId] });
    return polls?.find((poll) => poll.sourceId === sourceId) ?? null;
  }

  /** By run id; without those that nobody tells of. */
  async liveRuns(runIds: readonly string[]): Promise<ReadonlyMap<string, LiveRun>> {
    const live =
      runIds.length === 0 ? [] : await this.perhaps<readonly LiveRun[]>(SUBJECTS.liveRuns, { runIds });
    return new Map((live ?? []).map((run) => [run.runId, run]));
  }

  private async perhaps<Answer>(subject: string, question: unknown): Promise<Answer | null> {
    try {
      return await this.messenger.ask<Answer>(subject, question, { timeoutMs: GATEWAY_LIMITS.readMs });
    } catch (error) {
      if (error instanceof MessageFault) return null;
      throw error;
    }
  }
}
