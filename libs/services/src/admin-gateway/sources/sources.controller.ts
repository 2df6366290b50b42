import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { IsIn, IsOptional, IsString } from 'class-validator';
import type { Response } from 'express';
import type { Page, Views } from '@daymark/views';
import { cursorIn } from '../http/cursors';
import { IsLimit, limitOf } from '../http/limit';
import { OwnQuery } from '../http/query.interceptor';
import { VIEWS } from '../parts';
import { Commands } from '../questions/commands';
import { Questions } from '../questions/questions';
import { Roles } from '../sessions/access';
import { AskedBy, type Asker } from '../sessions/asker';
import { KnownSources } from './known-sources';
import { SourceBody } from './source-body';
import {
  documentOf,
  etagOf,
  nameOf,
  sourceDocument,
  type SourceDocument,
  type SourceName,
} from './source-document';
import { settingsOf } from './source-settings';

const usualLimit = 100;

class SourcesQuery {
  @IsOptional() @IsString() readonly atLeast?: string;
  @IsOptional() @IsString() readonly cursor?: string;
  @IsOptional() @IsLimit() readonly limit?: string;
}

class RemoveQuery {
  @IsOptional() @IsIn(['keep', 'delete']) readonly elements?: 'keep' | 'delete';
}

@Controller('sources')
export class SourcesController {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Commands) private readonly commands: Commands,
  ) {}

  /** By name; how a source is reached is the administrator's affair. */
  @Get()
  @Roles('administrator', 'viewer')
  @OwnQuery()
  async list(
    @Query() query: SourcesQuery,
    @AskedBy() { user }: Asker,
  ): Promise<Page<SourceDocument | SourceName>> {
    const wanted = { cursor: cursorIn(query.cursor), limit: limitOf(query.limit, usualLimit) };
    const { items, nextCursor } = await this.views.pageOfSources(wanted);
    const shown = user.roles.includes('administrator') ? documentOf : nameOf;
    return { items: items.map(shown), nextCursor };
  }

  @Get(':source')
  async one(
    @Param('source') source: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SourceDocument> {
    const row = await this.sources.named(source);
    response.setHeader('etag', etagOf(row.revision));
    return documentOf(row);
  }

  @Post()
  async register(
    @Body() body: SourceBody,
    @AskedBy() asker: Asker,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SourceDocument & { position: string }> {
    const caller = this.commands.caller(asker);
    const answer = await this.questions.registerSource({ caller, settings: settingsOf(body) });
    const position = await this.commands.visible(answer.position);
    response.setHeader('location', `/api/v1/sources/${answer.sourceId}`);
    response.setHeader('etag', etagOf(answer.revision));
    return { ...sourceDocument(answer.sourceId, answer.settings, answer.revision), position };
  }

  @Delete(':source')
  @HttpCode(204)
  @OwnQuery()
  async remove(
    @Param('source') source: string,
    @Query() query: RemoveQuery,
    @AskedBy() asker: Asker,
    @Res({ passthrough: true }) response: Response,
  ): Promise<void> {
    const { id } = await this.sources.named(source);
    const caller = this.commands.caller(asker);
    const elements = query.elements ?? 'keep';
    const answer = await this.questions.removeSource({ caller, sourceId: id, elements });
    response.setHeader('daymark-position', await this.commands.visible(answer.position));
  }
}
