import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { isUUID } from 'class-validator';
import type { RunRow, Views } from '@daymark/views';
import { HttpProblem } from '../http/http-problem';
import { noBody } from '../http/validation';
import { VIEWS } from '../parts';
import { Commands } from '../questions/commands';
import { Questions } from '../questions/questions';
import { AskedBy, type Asker } from '../sessions/asker';
import { isUnderWay, runDocument, type RunDocument } from './run-document';

@Controller('runs/:run')
export class RunsController {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Commands) private readonly commands: Commands,
  ) {}

  @Get()
  async one(@Param('run') run: string): Promise<RunDocument> {
    const row = await this.find(idIn(run));
    const live = await this.questions.liveRuns(isUnderWay(row) ? [row.id] : []);
    return runDocument(row, live.get(row.id));
  }

  /** The run stops after the day in hand; until then it is `cancelling`. */
  @Post('cancel')
  @HttpCode(202)
  async cancel(
    @Param('run') run: string,
    @Body(noBody) _body: unknown,
    @AskedBy() asker: Asker,
  ): Promise<{ id: string; position: string }> {
    const answer = await this.questions.cancelRun({ runId: idIn(run), caller: this.commands.caller(asker) });
    return { id: answer.runId, position: await this.commands.visible(answer.position) };
  }

  private async find(id: string): Promise<RunRow> {
    const row = await this.views.run(id);
    if (row === null) throw unknownRun();
    return row;
  }
}

function idIn(run: string): string {
  if (!isUUID(run)) throw unknownRun();
  return run.toLowerCase();
}

function unknownRun(): HttpProblem {
  return new HttpProblem('RUN_UNKNOWN', 'There is no such run.');
}
