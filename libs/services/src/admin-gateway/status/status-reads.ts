import { Inject, Injectable } from '@nestjs/common';
import type { SourceRow, Views } from '@daymark/views';
import { VIEWS } from '../parts';
import { SourceSituation } from './source-situation';
import { statusDocument, type StatusDocument } from './status-document';

@Injectable()
export class StatusReads {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(SourceSituation) private readonly situation: SourceSituation,
  ) {}

  /** The position is read first: what is read after it is at least as new. */
  async of(source: SourceRow): Promise<StatusDocument> {
    const position = await this.views.position();
    const [situation, pending, held] = await Promise.all([
      this.situation.of(source),
      this.views.differences(source.id, false),
      this.views.differences(source.id, true),
    ]);
    return statusDocument({ situation, pending, held, position });
  }
}
