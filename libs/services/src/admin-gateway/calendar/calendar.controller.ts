import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import type { Views } from '@daymark/views';
import { OwnQuery } from '../http/query.interceptor';
import { VIEWS } from '../parts';
import { Questions } from '../questions/questions';
import { isUnderWay, runSummary, type RunSummary } from '../runs/run-document';
import { KnownSources } from '../sources/known-sources';
import type { CalendarDocument } from './calendar-document';
import { CalendarQuery, dayIn, rangeIn } from './calendar-query';
import { CalendarReads } from './calendar-reads';
import type { DayDocument } from './day-document';

interface DayWithRuns extends DayDocument {
  readonly sourceId: string;
  /** Newest first. */
  readonly runs: readonly RunSummary[];
  readonly position: string | null;
}

@Controller('sources/:source')
export class CalendarController {
  constructor(
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(CalendarReads) private readonly reads: CalendarReads,
    @Inject(VIEWS) private readonly views: Views,
    @Inject(Questions) private readonly questions: Questions,
  ) {}

  @Get('calendar')
  @OwnQuery()
  async calendar(@Param('source') source: string, @Query() query: CalendarQuery): Promise<CalendarDocument> {
    const range = rangeIn(query);
    return this.reads.range(await this.sources.named(source), range);
  }

  @Get('days/:day')
  async day(@Param('source') source: string, @Param('day') text: string): Promise<DayWithRuns> {
    const day = dayIn(text, 'day');
    const row = await this.sources.named(source);
    const document = await this.reads.day(row, day);
    return { sourceId: row.id, ...document, runs: await this.runsOf(row.id, day) };
  }

  private async runsOf(sourceId: string, day: string): Promise<readonly RunSummary[]> {
    const runs = await this.views.runsOfDay(sourceId, day);
    const live = await this.questions.liveRuns(runs.filter(isUnderWay).map((run) => run.id));
    return runs.map((run) => runSummary(run, live.get(run.id)));
  }
}
