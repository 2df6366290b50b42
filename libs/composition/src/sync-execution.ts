import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  createSyncExecution,
  measureRuns,
  runMeter,
  SyncExecutionModule,
  type SyncExecution,
} from '@daymark/services/sync-execution';
import { connectors } from './connectors';
import type { Foundation } from './foundation';
import { measuredLog } from './measuring';
import { endBecause, now } from './shell';

/** Runs at once over all sources and all replicas. */
const MAX_RUNS = 4;

/** Resolves once it works and is asked. */
export async function openSyncExecution(foundation: Foundation): Promise<SyncExecution> {
  const { shell, metrics, log, elements, messaging } = foundation;
  const { configuration, lifecycle, logger } = shell;
  const execution = createSyncExecution({
    log: measuredLog(log, metrics, 'sync-execution'),
    elements,
    connector: connectors(configuration, shell.environment, shell.scrubber),
    messenger: messaging.messenger,
    observer: runMeter(metrics),
    random: Math.random,
    pause: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
    logger: logger.child({ room: 'sync-execution' }),
    maxRuns: MAX_RUNS,
    now,
    id: randomUUID,
    onFault: (err) => endBecause(shell, { err }, 'The event log cannot be followed any more: Daymark ends.'),
  });
  lifecycle.started('sync-execution', () => execution.stop());
  await execution.start();
  measureRuns(metrics, execution);
  await messaging.serve({ name: 'sync-execution', module: SyncExecutionModule.with(execution) });
  return execution;
}
