import { Inject, Injectable } from '@nestjs/common';
import type { LastPoll, LiveRun } from '@daymark/contracts';
import type { RunHeader, SourceRow, Views } from '@daymark/views';
import { VIEWS } from '../parts';
import { Questions } from '../questions/questions';

/** How a source stands: the folds, and what only the services know. */
export interface Situation {
  readonly source: SourceRow;
  readonly lastPoll: LastPoll | null;
  /** Instant of the last census that is known of. */
  readonly checkedAt: string | null;
  readonly problem: { readonly code: string; readonly detail: string } | null;
  /** False while nobody can say what differs: never polled, or not in reach. */
  readonly counted: boolean;
  readonly runningRun: RunHeader | null;
  readonly live: LiveRun | undefined;
}

@Injectable()
export class SourceSituation {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(Questions) private readonly questions: Questions,
  ) {}

  async of(source: SourceRow): Promise<Situation> {
    const [lastPoll, running] = await Promise.all([
      this.questions.lastPoll(source.id),
      this.views.runningRun(source.id),
    ]);
    const live = await this.questions.liveRuns(running === null ? [] : [running.id]);
    const problem = lastPoll?.problem ?? source.polling.problem;
    return {
      source,
      lastPoll,
      checkedAt: lastPoll?.checkedAt ?? source.censusAt,
      problem,
      counted: source.polling.polled && problem === null,
      runningRun: running,
      live: running === null ? undefined : live.get(running.id),
    };
  }
}
