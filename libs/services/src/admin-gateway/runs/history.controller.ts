import { Controller, Get, Inject, Query } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { Page, Views } from '@daymark/views';
import { limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { VIEWS } from '../parts';
import { Questions } from '../questions/questions';
import { KnownSources } from '../sources/known-sources';
import { HistoryQuery, filterIn } from './history-query';
import { isUnderWay, runSummary, type RunSummary } from './run-document';

const usualLimit = 50;

@Controller('history')
export class HistoryController {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(Questions) private readonly questions: Questions,
  ) {}

  @Get()
  @OwnQuery()
  async list(@Query() query: HistoryQuery): Promise<Page<RunSummary>> {
    const source = await this.sourceOf(query.source);
    const filter = filterIn(query, source.zone);
    if (filter.status?.length === 0) return { items: [], nextCursor: null };
    const page = await this.views.runs(
      { ...filter, ...(source.id === undefined ? {} : { sourceId: source.id }) },
      { cursor: query.cursor ?? null, limit: limitOf(query.limit, usualLimit) },
    );
    const live = await this.questions.liveRuns(page.items.filter(isUnderWay).map((row) => row.id));
    return { items: page.items.map((row) => runSummary(row, live.get(row.id))), nextCursor: page.nextCursor };
  }

  /** The past of a removed source stays readable by its id; its days are then those of UTC. */
  private async sourceOf(idOrName: string | undefined): Promise<{ id?: string; zone: string }> {
    if (idOrName === undefined) return { zone: 'UTC' };
    if (isUUID(idOrName)) {
      const row = await this.views.source(idOrName.toLowerCase());
      return { id: idOrName.toLowerCase(), zone: row?.settings.timeZone ?? 'UTC' };
    }
    const { id, settings } = await this.sources.named(idOrName);
    return { id, zone: settings.timeZone };
  }
}
