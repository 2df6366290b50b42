export {
  type Configuration,
  EXIT_CONFIGURATION,
  type Needs,
  readConfiguration,
} from './config/configuration';
export type { LogLevel } from './config/fields';
export { DEFAULT_NAMESPACE, type Schemas, schemasOf } from './config/namespace';
export { configurationReference } from './config/reference';
export { type Secret, secret } from './config/secret';
export { type FaultCode, faultSentences } from './faults/codes';
export { Fault, type FaultOptions, isFault } from './faults/fault';
export { type Attempt, backoff } from './lifecycle/backoff';
export {
  createLifecycle,
  type Lifecycle,
  type LifecycleOptions,
  startAll,
  type Stop,
} from './lifecycle/lifecycle';
export { EXIT_UNCLEAN, type Signalled, stopOnSignals } from './lifecycle/signals';
export { createLogger, type LoggerOptions } from './logging/logger';
export { nestLogger } from './logging/nest-logger';
export { type Lines, withFields } from './logging/with-fields';
export { createScrubber, type Scrubber } from './logging/scrubber';
export { migrate, type MigrateOptions, type Migration } from './migrations/migrate';
export { resolveSecret, type SecretRules } from './secrets/resolve-secret';
export type { Logger } from 'pino';
