import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { MessageFault } from '@daymark/messaging';
import type { TestAnswer } from '@daymark/contracts';
import { documentOfProblem } from '../http/http-problem';
import type { ProblemDocument } from '../http/problem-document';
import { toProblem } from '../http/to-problem';
import { checkedAs } from '../http/validation';
import { Commands } from '../questions/commands';
import { Questions } from '../questions/questions';
import { AskedBy, type Asker } from '../sessions/asker';
import { SourceBody } from './source-body';
import { settingsOf } from './source-settings';

type Tested =
  ({ readonly ok: true } & TestAnswer) | { readonly ok: false; readonly problem: ProblemDocument };

/** Says whether a source could be registered, and registers nothing. */
@Controller('sources/test')
export class SourceTestController {
  constructor(
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Commands) private readonly commands: Commands,
  ) {}

  @Post()
  @HttpCode(200)
  async test(@Body() body: object | undefined, @AskedBy() asker: Asker): Promise<Tested> {
    const settings = settingsOf(await checkedAs(SourceBody, { name: 'unnamed', timeZone: 'UTC', ...body }));
    try {
      const answer = await this.questions.testSource({ caller: this.commands.caller(asker), settings });
      return { ok: true, ...answer };
    } catch (error) {
      return { ok: false, problem: whyNot(error) };
    }
  }
}

/** What the source itself says no to is the answer; that nobody could ask it is none. */
function whyNot(error: unknown): ProblemDocument {
  const problem = toProblem(error);
  const said = error instanceof MessageFault && error.code === 'REJECTED';
  const ofTheSource = problem.status < 500 || problem.code.startsWith('SOURCE_');
  if (!said || !ofTheSource) throw problem;
  return documentOfProblem(problem, '/api/v1/sources/test');
}
