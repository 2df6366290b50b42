import { Body, Controller, Inject, Param, Patch, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { SourceAnswer } from '@daymark/contracts';
import { MessageFault } from '@daymark/messaging';
import type { SourceRow } from '@daymark/views';
import type { GatewayRequest } from '../http/gateway-request';
import { HttpProblem, malformed } from '../http/http-problem';
import { checkedAs } from '../http/validation';
import { Commands } from '../questions/commands';
import { Questions } from '../questions/questions';
import { askerOf, type Asker } from '../sessions/asker';
import { expectedRevision } from './if-match';
import { KnownSources } from './known-sources';
import { mergePatch } from './merge-patch';
import { SourceBody } from './source-body';
import { etagOf, sourceDocument, type SourceDocument } from './source-document';
import { settingsOf } from './source-settings';

/** How often a change that names no revision is merged anew when somebody else was faster. */
const attempts = 4;

interface Change {
  readonly patch: object;
  /** The revision that the writer saw. */
  readonly expected: number | undefined;
}

@Controller('sources')
export class SourceChangeController {
  constructor(
    @Inject(KnownSources) private readonly sources: KnownSources,
    @Inject(Questions) private readonly questions: Questions,
    @Inject(Commands) private readonly commands: Commands,
  ) {}

  @Patch(':source')
  async change(
    @Param('source') source: string,
    @Body() body: object | undefined,
    @Req() request: GatewayRequest,
    @Res({ passthrough: true }) response: Response,
  ): Promise<SourceDocument & { position: string }> {
    const change = changeIn(body ?? {}, request.get('if-match'));
    const answer = await this.ask(await this.sources.named(source), change, askerOf(request));
    const position = await this.commands.visible(answer.position);
    response.setHeader('etag', etagOf(answer.revision));
    return { ...sourceDocument(answer.sourceId, answer.settings, answer.revision), position };
  }

  /**
   * The patch is merged onto a view, which may lag: so the change always names the revision that it was merged onto,
   * and nobody else's change is lost.
   */
  private async ask(seen: SourceRow, change: Change, asker: Asker): Promise<SourceAnswer> {
    let row = seen;
    for (let left = attempts; left > 0; left -= 1) {
      if (change.expected !== undefined && row.revision < change.expected) {
        row = await this.sources.upToDate(row.id);
      }
      if (change.expected !== undefined && row.revision !== change.expected)
        throw stale(row, change.expected);
      const answer = await this.attempt(row, change.patch, asker);
      if (answer !== 'stale') return answer;
      row = await this.sources.upToDate(row.id);
    }
    throw new HttpProblem('SOURCE_BUSY', `"${row.settings.name}" is being changed by others: try again.`);
  }

  private async attempt(row: SourceRow, patch: object, asker: Asker): Promise<SourceAnswer | 'stale'> {
    const merged = Object(mergePatch(row.settings, patch)) as object;
    const settings = settingsOf(await checkedAs(SourceBody, merged));
    const caller = this.commands.caller(asker);
    const question = { caller, sourceId: row.id, settings, expectedRevision: row.revision };
    try {
      return await this.questions.changeSource(question);
    } catch (error) {
      if (error instanceof MessageFault && error.problem?.code === 'SOURCE_REVISION_STALE') return 'stale';
      throw error;
    }
  }
}

/** The revision may stand in the header or, as read, in the document. */
function changeIn(body: object, ifMatch: string | undefined): Change {
  const { revision, ...patch } = body as { revision?: unknown };
  const fromHeader = expectedRevision(ifMatch);
  if (revision === undefined) return { patch, expected: fromHeader };
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 1) {
    throw malformed([{ path: 'revision', message: 'is not a revision such as 3' }]);
  }
  return { patch, expected: fromHeader ?? revision };
}

function stale(row: SourceRow, expected: number): HttpProblem {
  const detail = `"${row.settings.name}" is at revision ${row.revision}, not ${expected}: read it again.`;
  return new HttpProblem('SOURCE_REVISION_STALE', detail);
}
