export { LARGEST_PAGE, ViewFault } from './port';
export type {
  CopiedDay,
  DayRow,
  DifferenceTotal,
  Page,
  PageWanted,
  RunFilter,
  RunHeader,
  RunRow,
  RunStatus,
  SourceRow,
  ViewFaultCode,
  Views,
} from './port';
export { createViews } from './postgres/views';
export type { ViewsOptions } from './postgres/views';
export type { UnknownEvent } from './projection/fold-batch';
export { digestOf } from './generations/digest';
export type { ViewDigest } from './generations/digest';
export { requestRebuild } from './generations/request-rebuild';
export { keepsUp } from './projection/lag';
export type { Lag } from './projection/lag';
export { startProjection } from './projection/projection';
export type { Projection, ProjectionOptions } from './projection/projection';
