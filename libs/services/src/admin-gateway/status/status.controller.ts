import { Body, Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { noBody } from '../http/validation';
import { Commands } from '../questions/commands';
import { Questions } from '../questions/questions';
import { Roles } from '../sessions/access';
import { AskedBy, type Asker } from '../sessions/asker';
import { KnownSources } from '../sources/known-sources';
import type { StatusDocument } from './status-document';
import { StatusReads } from './status-reads';

@Roles('administrator', 'viewer')
@Controller('sources/:source/status')
export class StatusController {
  constructor(
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(StatusReads) private readonly reads: StatusReads,
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Commands) private readonly commands: Commands,
  ) {}

  @Get()
  async status(@Param('source') source: string): Promise<StatusDocument> {
    return this.reads.of(await this.sources.named(source));
  }

  /** Answers once a poll that began after the request has ended; 202 when that takes longer than clients wait. */
  @Post('refresh')
  @HttpCode(200)
  async refresh(
    @Param('source') source: string,
    @Body(noBody) _body: unknown,
    @AskedBy() asker: Asker,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StatusDocument> {
    const { id } = await this.sources.named(source);
    const poll = await this.questions.refreshStatus(id, asker.correlationId);
    if (poll !== null && poll.position !== null) await this.commands.visible(poll.position);
    const status = await this.reads.of(await this.sources.named(id));
    const polled = poll !== null && !poll.checking;
    if (!polled) response.status(202);
    return { ...status, checking: !polled };
  }
}
