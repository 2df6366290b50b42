import { Inject, Injectable } from '@nestjs/common';
import { SOURCE_NAME } from '@daymark/domain/source';
import type { EventLog } from '@daymark/event-log';
import type { SourceRow, Views } from '@daymark/views';
import { isUUID } from 'class-validator';
import { HttpProblem } from '../http/http-problem';
import { EVENT_LOG, VIEWS } from '../parts';

/** How long an unknown source may turn out to be a lagging view, in milliseconds. */
const lagMs = 1000;

/** Finds the source that a path names, by id or by name. */
@Injectable()
export class KnownSources {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'head'>,
  ) {}

  /** @throws HttpProblem SOURCE_UNKNOWN, once the views had a moment to catch up. */
  async named(idOrName: string): Promise<SourceRow> {
    const name = isUUID(idOrName) ? idOrName.toLowerCase() : idOrName;
    const plausible = isUUID(name) || SOURCE_NAME.test(name);
    const row = plausible ? ((await this.views.source(name)) ?? (await this.later(name))) : null;
    if (row === null) throw new HttpProblem('SOURCE_UNKNOWN', 'There is no such source.');
    return row;
  }

  /** The id alone: the past of a removed source stays readable by it. */
  async idOf(idOrName: string): Promise<string> {
    return isUUID(idOrName) ? idOrName.toLowerCase() : (await this.named(idOrName)).id;
  }

  /** As it stands once the views have come to the end of the log. */
  async upToDate(id: string): Promise<SourceRow> {
    const row = (await this.later(id)) ?? (await this.views.source(id));
    if (row === null) throw new HttpProblem('SOURCE_UNKNOWN', 'There is no such source.');
    return row;
  }

  private async later(name: string): Promise<SourceRow | null> {
    const head = await this.log.head();
    if (head === null || !(await this.views.reached(head, lagMs))) return null;
    return this.views.source(name);
  }
}
