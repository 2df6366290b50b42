import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { Response } from 'express';
import type { Views } from '@daymark/views';
import { preferredType } from '../http/accept';
import { cursorIn } from '../http/cursors';
import type { GatewayRequest } from '../http/gateway-request';
import { HttpProblem } from '../http/http-problem';
import { limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { begun, sendPieces } from '../http/streaming';
import { CLOCK, VIEWS, type Clock } from '../parts';
import { KnownSources } from '../sources/known-sources';
import { HISTORY_FORMATS, HISTORY_TYPES, type HistoryFormat } from './history-formats';
import { HistoryQuery, filterIn } from './history-query';
import { HistoryReads } from './history-reads';
import type { RunSummary } from './run-document';

const usualLimit = 50;

interface HistorySource {
  /** Absent: all of them. */
  readonly id?: string;
  readonly name?: string;
  readonly zone: string;
}

@Controller('history')
export class HistoryController {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(HistoryReads) private readonly reads: HistoryReads,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** JSON comes a page at a time; CSV and NDJSON are all that the filter lets through, at most `limit` if that is given. */
  @Get()
  @OwnQuery()
  async list(
    @Query() query: HistoryQuery,
    @Req() request: GatewayRequest,
    @Res() response: Response,
  ): Promise<void> {
    response.vary('accept');
    const type = preferredType(request.headers.accept, HISTORY_TYPES);
    if (type === null) throw notAcceptable();
    const cursor = cursorIn(query.cursor);
    const { id, name, zone } = await this.sourceOf(query.source);
    const filter = { ...filterIn(query, zone), ...(id === undefined ? {} : { sourceId: id }) };
    if (type === 'application/json') {
      response.json(await this.reads.page(filter, { cursor, limit: limitOf(query.limit, usualLimit) }));
      return;
    }
    const pages = await begun(this.reads.pages(filter, { cursor, most: limitOf(query.limit, Infinity) }));
    const format = HISTORY_FORMATS[type];
    response.setHeader('content-type', format.contentType);
    response.setHeader('content-disposition', this.fileNamed(name ?? id, format));
    if (request.method === 'HEAD') response.end();
    else await sendPieces(response, written(pages, format));
  }

  private fileNamed(source: string | undefined, { extension }: HistoryFormat): string {
    const parts = ['daymark-history', ...(source === undefined ? [] : [source]), this.clock().slice(0, 10)];
    return `attachment; filename="${parts.join('-')}.${extension}"`;
  }

  /** The past of a removed source stays readable by its id; its days are then those of UTC. */
  private async sourceOf(idOrName: string | undefined): Promise<HistorySource> {
    if (idOrName === undefined) return { zone: 'UTC' };
    const id = isUUID(idOrName) ? idOrName.toLowerCase() : undefined;
    const row = id === undefined ? await this.sources.named(idOrName) : await this.views.source(id);
    if (row !== null) return { id: row.id, name: row.settings.name, zone: row.settings.timeZone };
    return { ...(id === undefined ? {} : { id }), zone: 'UTC' };
  }
}

async function* written(
  pages: AsyncIterable<readonly RunSummary[]>,
  { header, text }: HistoryFormat,
): AsyncGenerator<string, void> {
  if (header !== '') yield header;
  for await (const runs of pages) if (runs.length > 0) yield text(runs);
}

function notAcceptable(): HttpProblem {
  return new HttpProblem('NOT_ACCEPTABLE', `The history comes as ${HISTORY_TYPES.join(', ')}.`);
}
