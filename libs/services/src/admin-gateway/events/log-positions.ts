import { Inject, Injectable } from '@nestjs/common';
import type { EventLog, Position } from '@daymark/event-log';
import { HttpProblem } from '../http/http-problem';
import { positionIn } from '../http/position';
import { EVENT_LOG } from '../parts';

/** Positions that a reader hands back: taken only if this log can have given them out. */
@Injectable()
export class LogPositions {
  constructor(@Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'page' | 'head'>) {}

  /**
   * A position beyond the end was minted by another log: whoever holds it has to begin again.
   *
   * @throws HttpProblem POSITION_INVALID, EVENTS_MUST_RESYNC.
   */
  async known(text: string, path: string): Promise<Position> {
    const position = positionIn(text, path);
    await this.log.page(position, 'all', 1);
    const head = await this.log.head();
    if (head !== null && position <= head) return position;
    throw new HttpProblem(
      'EVENTS_MUST_RESYNC',
      'This position is not of this log: read it again from the start.',
    );
  }
}
