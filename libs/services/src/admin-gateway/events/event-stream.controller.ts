import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import { IsOptional, IsString } from 'class-validator';
import type { Position } from '@daymark/event-log';
import type { Response } from 'express';
import type { GatewayRequest } from '../http/gateway-request';
import { OwnQuery } from '../http/query.interceptor';
import { enteredOf } from '../sessions/asker';
import { KnownSources } from '../sources/known-sources';
import { streamEvents } from './event-stream';
import { LiveEvents } from './live-events';
import { LogPositions } from './log-positions';
import { StreamSessions } from './stream-sessions';

class StreamQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly after?: string;
  @IsOptional() @IsString() readonly source?: string;
}

@Controller('events/stream')
export class EventStreamController {
  constructor(
    @Inject(LiveEvents) private readonly events: LiveEvents,
    @Inject(LogPositions) private readonly positions: LogPositions,
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(StreamSessions) private readonly sessions: StreamSessions,
  ) {}

  /** Server-sent events from `Last-Event-ID`, else from `after`, else from now on. */
  @Get()
  @OwnQuery()
  async stream(
    @Query() query: StreamQuery,
    @Req() request: GatewayRequest,
    @Res() response: Response,
  ): Promise<void> {
    const after = await this.beginning(request.get('last-event-id'), query.after);
    const sourceId = query.source === undefined ? undefined : await this.sources.idOf(query.source);
    const ending = new AbortController();
    const end = () => ending.abort();
    const forget = this.sessions.watch(enteredOf(request).session, end);
    try {
      begin(response);
      if (request.method === 'HEAD') return;
      response.on('close', end);
      const signal = AbortSignal.any([ending.signal, this.events.stopped]);
      await streamEvents(this.events, response, { after, sourceId, signal });
    } finally {
      forget();
      response.end();
      // What a slow reader has not taken must not keep its socket.
      if (response.writableLength > 0) response.destroy();
    }
  }

  private async beginning(
    lastEventId: string | undefined,
    after: string | undefined,
  ): Promise<Position | null> {
    if (lastEventId !== undefined && lastEventId !== '')
      return this.positions.known(lastEventId, 'Last-Event-ID');
    return after === undefined ? this.events.head() : this.positions.known(after, 'after');
  }
}

function begin(response: Response): void {
  response.status(200).set({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  response.flushHeaders();
}
