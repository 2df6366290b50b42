import { derivedId, encodeEvent, type DaymarkEvent } from '@daymark/contracts';
import { streamId, type EventLog } from '@daymark/event-log';
import { RUN_ID, SOURCE_ID } from './rows';

let written = 0;

/** Appends the events to a stream of their own. */
export async function writeEvents(log: EventLog, category: string, ...events: DaymarkEvent[]): Promise<void> {
  const context = {
    commandId: RUN_ID,
    correlationId: 'trace',
    actor: 'administrator',
    occurredAt: '2026-11-23T12:00:00.000Z',
  };
  const stored = events.map((event) => encodeEvent(event, derivedId('event', (written += 1)), context));
  await log.append(streamId(category, String((written += 1))), stored, { kind: 'any' });
}

export const recovered = (sourceId = SOURCE_ID): DaymarkEvent => ({
  type: 'SourceRecovered',
  data: { sourceId },
});

export const cancelled = (sourceId = SOURCE_ID): DaymarkEvent => ({
  type: 'SyncCancelled',
  data: { runId: RUN_ID, sourceId },
});
