import { Controller, Get, Header, Inject, Param, Query } from '@nestjs/common';
import type { StoredElement } from '@daymark/elements';
import { dayIn } from '../calendar/calendar-query';
import { cursorIn, cursorOf, placeIn } from '../http/cursors';
import { limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { ELEMENTS, type ElementReads } from '../parts';
import { KnownSources } from '../sources/known-sources';
import { ElementsQuery, filterIn } from './elements-query';

const usualLimit = 100;

/** What the copy holds of a day: the copy itself is read, never the source. */
@Controller('sources/:source/days/:day/elements')
export class ElementsController {
  constructor(
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(ELEMENTS) private readonly elements: ElementReads,
  ) {}

  /** By the keys' text. `limit` is the most: a page of large elements ends earlier. */
  @Get()
  @OwnQuery()
  @Header('content-type', 'application/json; charset=utf-8')
  async page(
    @Param('source') source: string,
    @Param('day') text: string,
    @Query() query: ElementsQuery,
  ): Promise<string> {
    const day = dayIn(text, 'day');
    const filter = filterIn(query);
    const cursor = cursorIn(query.cursor);
    const { id } = await this.sources.named(source);
    const list = ['elements', id, day, JSON.stringify([filter.key ?? null, filter.prefix ?? null])];
    const after = cursor === null ? null : placeIn(list, cursor);
    const limit = limitOf(query.limit, usualLimit);
    const { items, next } = await this.elements.page(id, day, { after, limit, ...filter });
    return documentOf(items, next === null ? null : cursorOf(list, next));
  }
}

/** `{"items":[{"key","version","payload"}],"nextCursor"}`, put together as text: a payload stays as PostgreSQL wrote it. */
function documentOf(items: readonly StoredElement[], nextCursor: string | null): string {
  return `{"items":[${items.map(elementText).join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}

/** `bytes` says how large a payload is that is too large for an answer; the view of the copy has it. */
function elementText({ key, version, payload, bytes }: StoredElement): string {
  const named = `"key":${JSON.stringify(key)},"version":${JSON.stringify(version)}`;
  return payload === null ? `{${named},"payload":null,"bytes":${bytes}}` : `{${named},"payload":${payload}}`;
}
