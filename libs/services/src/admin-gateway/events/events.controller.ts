import { Controller, Get, Inject, Query } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import type { EventLog } from '@daymark/event-log';
import { IsLimit, limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { EVENT_LOG } from '../parts';
import { KnownSources } from '../sources/known-sources';
import { eventPage, type EventPage } from './event-pages';
import { LogPositions } from './log-positions';

const usualLimit = 100;

class EventsQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly after?: string;
  @IsOptional() @IsString() readonly source?: string;
  @IsOptional() @IsLimit() readonly limit?: string;
}

@Controller('events')
export class EventsController {
  constructor(
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'page' | 'head'>,
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(LogPositions) private readonly positions: LogPositions,
  ) {}

  @Get()
  @OwnQuery()
  async page(@Query() query: EventsQuery): Promise<EventPage> {
    const after = query.after === undefined ? 'start' : await this.positions.known(query.after, 'after');
    const sourceId = query.source === undefined ? undefined : await this.sources.idOf(query.source);
    return eventPage(this.log, { after, sourceId, limit: limitOf(query.limit, usualLimit) });
  }
}
