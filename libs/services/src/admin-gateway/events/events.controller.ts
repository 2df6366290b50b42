import { Controller, Get, Inject, Query } from '@nestjs/common';
import { IsOptional, IsString, isUUID } from 'class-validator';
import type { EventLog, Position } from '@daymark/event-log';
import { HttpProblem } from '../http/http-problem';
import { IsLimit, limitOf } from '../http/limit';
import { positionIn } from '../http/position';
import { OwnQuery } from '../http/query.interceptor';
import { EVENT_LOG } from '../parts';
import { KnownSources } from '../sources/known-sources';
import { eventPage, type EventPage } from './event-pages';

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
  ) {}

  @Get()
  @OwnQuery()
  async page(@Query() query: EventsQuery): Promise<EventPage> {
    const after =
      query.after === undefined ? 'start' : await this.inThisLog(positionIn(query.after, 'after'));
    const sourceId = query.source === undefined ? undefined : await this.idOf(query.source);
    return eventPage(this.log, { after, sourceId, limit: limitOf(query.limit, usualLimit) });
  }

  /** A position beyond the end was minted by another log: whoever holds it has to begin again. */
  private async inThisLog(after: Position): Promise<Position> {
    await this.log.page(after, 'all', 1);
    const head = await this.log.head();
    if (head !== null && after <= head) return after;
    throw new HttpProblem(
      'EVENTS_MUST_RESYNC',
      'This position is not of this log: read it again from the start.',
    );
  }

  /** The events of a removed source stay readable by its id. */
  private async idOf(idOrName: string): Promise<string> {
    if (isUUID(idOrName)) return idOrName.toLowerCase();
    return (await this.sources.named(idOrName)).id;
  }
}
