import { CATEGORIES, encodeEvent } from '@daymark/contracts';
import type { Elements } from '@daymark/elements';
import { streamId, type EventLog } from '@daymark/event-log';
import { Misconfigured } from './shell';

/** What is recorded when the log is empty. */
interface Fresh {
  readonly id: string;
  readonly actor: string;
  readonly now: string;
}

/** Log and target do not belong together. */
export class ForeignTarget extends Misconfigured {
  override readonly name = 'ForeignTarget';
}

/**
 * The log's first event holds an installation id, which the target records: a log and a target that do not belong
 * together are refused.
 *
 * @throws ForeignTarget
 */
export async function tieTogether(log: EventLog, elements: Elements, fresh: Fresh): Promise<string> {
  const installationId = await firstEvent(log, fresh);
  const recorded = await elements.installation(installationId);
  if (recorded === installationId) return installationId;
  throw new ForeignTarget(
    `The target belongs to installation ${recorded}, the event log to ${installationId}: one of the two addresses is wrong.`,
  );
}

async function firstEvent(log: EventLog, fresh: Fresh): Promise<string> {
  const stream = streamId(CATEGORIES.installation, 'daymark');
  const event = encodeEvent({ type: 'InstallationCreated', data: { installationId: fresh.id } }, fresh.id, {
    commandId: fresh.id,
    correlationId: fresh.id,
    actor: fresh.actor,
    occurredAt: fresh.now,
  });
  await log.append(stream, [event], { kind: 'noStream' });
  const { events } = await log.read(stream);
  const installationId = events[0]?.data['installationId'];
  if (typeof installationId !== 'string') throw new Error('The event log does not tell its installation.');
  return installationId;
}
