import { Inject, Injectable } from '@nestjs/common';
import type { Page, PageWanted, RunFilter, Views } from '@daymark/views';
import { VIEWS } from '../parts';
import { Questions } from '../questions/questions';
import { isUnderWay, runSummary, type RunSummary } from './run-document';

/** Runs that a read of the whole history has in hand at once. */
const runsPerRead = 100;

@Injectable()
export class HistoryReads {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(Questions) private readonly questions: Questions,
  ) {}

  async page(filter: RunFilter, wanted: PageWanted): Promise<Page<RunSummary>> {
    if (filter.status?.length === 0) return { items: [], nextCursor: null };
    const page = await this.views.runs(filter, wanted);
    const live = await this.questions.liveRuns(page.items.filter(isUnderWay).map((row) => row.id));
    return { items: page.items.map((row) => runSummary(row, live.get(row.id))), nextCursor: page.nextCursor };
  }

  /** All of it, or at most so many runs; the next ones are read when they are asked for. */
  async *pages(
    filter: RunFilter,
    { cursor, most }: { cursor: string | null; most: number },
  ): AsyncGenerator<readonly RunSummary[], void> {
    let left = most;
    let next = cursor;
    do {
      const page = await this.page(filter, { cursor: next, limit: Math.min(runsPerRead, left) });
      yield page.items;
      left -= page.items.length;
      next = page.nextCursor;
    } while (next !== null && left > 0);
  }
}
