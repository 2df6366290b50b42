import { Inject, Injectable } from '@nestjs/common';
import type { EventLog } from '@daymark/event-log';
import type { Views } from '@daymark/views';
import { EVENT_LOG, IDS, VIEWS, type Ids } from '../parts';
import type { Asker } from '../sessions/asker';
import type { AskingCaller } from './asking';
import { GATEWAY_LIMITS } from './limits';

/** What every command needs before it is sent and after it was taken. */
@Injectable()
export class Commands {
  constructor(
    @Inject(IDS) private readonly ids: Ids,
    @Inject(EVENT_LOG) private readonly log: Pick<EventLog, 'head'>,
    @Inject(VIEWS) private readonly views: Views,
  ) {}

  newId(): string {
    return this.ids();
  }

  /** A command that may be repeated is named by the caller, so that the repetition is the same command. */
  caller(asker: Asker, commandId: string = asker.commandId ?? this.ids()): AskingCaller {
    return { actor: asker.user.name, correlationId: asker.correlationId, commandId };
  }

  /**
   * Waits until the views show what the command did, so that the next read sees it; views that lag longer do not undo
   * the command. Answers with the position to read at: the log's head where nothing had to change.
   */
  async visible(position: string | null): Promise<string> {
    const at = position ?? (await this.log.head());
    if (at === null) return '';
    await this.views.reached(at, GATEWAY_LIMITS.visibleMs);
    return at;
  }
}
