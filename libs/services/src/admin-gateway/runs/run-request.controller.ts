import { Body, Controller, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { derivedId } from '@daymark/contracts';
import type { Views } from '@daymark/views';
import type { GatewayRequest } from '../http/gateway-request';
import { HttpProblem } from '../http/http-problem';
import { idempotencyKeyOf } from '../http/idempotency-key';
import { VIEWS } from '../parts';
import type { AskingCaller } from '../questions/asking';
import { Commands } from '../questions/commands';
import { Questions } from '../questions/questions';
import { askerOf } from '../sessions/asker';
import { KnownSources } from '../sources/known-sources';
import { RunBody, askedIn, isWhatWasAsked, type Asked } from './run-body';

interface Requested {
  readonly id: string;
  readonly position: string;
  readonly existing: boolean;
}

@Controller('sources/:source/runs')
export class RunRequestController {
  constructor(
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Commands) private readonly commands: Commands,
    @Inject(VIEWS) private readonly views: Views,
  ) {}

  @Post()
  @HttpCode(202)
  async ask(
    @Param('source') source: string,
    @Body() body: RunBody,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Requested> {
    const key = idempotencyKeyOf(request);
    const { id } = await this.sources.named(source);
    const asker = askerOf(request);
    const identity = this.identity(id, key, request);
    const asked = askedIn(body);
    if (key !== undefined) await this.requireSame(identity.runId, asked);
    const answer = await this.questions.requestRun({
      ...identity,
      sourceId: id,
      ...asked,
      trigger: { kind: asker.kind, actor: asker.user.name, occurrence: null },
    });
    const position = await this.commands.visible(answer.position);
    if (answer.existing) response.status(200);
    response.setHeader('location', `/api/v1/runs/${answer.runId}`);
    return { id: answer.runId, position, existing: answer.existing };
  }

  /** A key that named another request before is a mistake: its run is not what is asked for now. */
  private async requireSame(runId: string, asked: Asked): Promise<void> {
    const run = await this.views.run(runId);
    if (run === null || isWhatWasAsked(asked, run.request)) return;
    throw new HttpProblem('IDEMPOTENCY_KEY_REUSED', `This Idempotency-Key asked for another run: ${runId}.`);
  }

  /** With an idempotency key a repetition is the same run and the same command; without one each is its own. */
  private identity(
    sourceId: string,
    key: string | undefined,
    request: GatewayRequest,
  ): { runId: string; caller: AskingCaller } {
    const asker = askerOf(request);
    if (key === undefined) return { runId: this.commands.newId(), caller: this.commands.caller(asker) };
    const runId = derivedId('run', asker.user.name, sourceId, key);
    return { runId, caller: this.commands.caller(asker, derivedId('request-run', runId)) };
  }
}
