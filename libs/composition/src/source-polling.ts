import { randomUUID } from 'node:crypto';
import {
  createLastPollsTable,
  createSourceNames,
  createSourcePolling,
  measureSources,
  pollMeter,
  SourcePollingModule,
  type SourcePolling,
} from '@daymark/services/source-polling';
import { connectors } from './connectors';
import type { Foundation } from './foundation';
import { measuredLog } from './measuring';
import { endBecause, now } from './shell';

/** Resolves once it polls and is asked. */
export async function openSourcePolling(foundation: Foundation): Promise<SourcePolling> {
  const { shell, metrics, pool, log, elements, messaging } = foundation;
  const { configuration, lifecycle, logger } = shell;
  const polling = createSourcePolling({
    log: measuredLog(log, metrics, 'source-polling'),
    elements,
    connector: connectors(configuration, shell.environment, shell.scrubber),
    lastPolls: createLastPollsTable(pool, configuration.schemas.operations),
    names: createSourceNames(pool, configuration.schemas.operations),
    observer: pollMeter(metrics),
    logger: logger.child({ room: 'source-polling' }),
    now,
    id: randomUUID,
    onFault: (err) => endBecause(shell, { err }, 'The event log cannot be followed any more: Daymark ends.'),
  });
  lifecycle.started('source-polling', () => polling.stop());
  await polling.start();
  measureSources(metrics, polling);
  await messaging.serve({ name: 'source-polling', module: SourcePollingModule.with(polling) });
  return polling;
}
