import { Inject, Injectable } from '@nestjs/common';
import type { Period } from '@daymark/domain/sync-run';
import type { SourceRow, Views } from '@daymark/views';
import { CLOCK, VIEWS, type Clock } from '../parts';
import { SourceSituation } from '../status/source-situation';
import { calendarDocument, type CalendarDocument } from './calendar-document';
import { dayClock, dayDocument, type DayDocument } from './day-document';

@Injectable()
export class CalendarReads {
  constructor(
    @Inject(VIEWS) private readonly views: Views,
    @Inject(SourceSituation) private readonly situation: SourceSituation,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The position is read first: what is read after it is at least as new. */
  async range(source: SourceRow, range: Period): Promise<CalendarDocument> {
    const position = await this.views.position();
    const [situation, rows] = await Promise.all([
      this.situation.of(source),
      this.views.days(source.id, range),
    ]);
    return calendarDocument(range, rows, dayClock(situation, this.clock()), position);
  }

  async day(source: SourceRow, day: string): Promise<DayDocument & { readonly position: string | null }> {
    const position = await this.views.position();
    const [situation, [row]] = await Promise.all([
      this.situation.of(source),
      this.views.days(source.id, { from: day, to: day }),
    ]);
    return { ...dayDocument(day, row, dayClock(situation, this.clock())), position };
  }
}
