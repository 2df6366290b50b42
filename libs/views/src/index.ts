export { LARGEST_PAGE, ViewFault } from './port';
export type {
  CopiedDay,
  DayRow,
  DifferenceTotal,
  Page,
  PageWanted,
  RunFilter,
  RunRow,
  RunStatus,
  SourceRow,
  Views,
} from './port';
export { createViews } from './postgres/views';
export type { ViewsOptions } from './postgres/views';
export type { UnknownEvent } from './projection/fold-batch';
export { startProjection } from './projection/projection';
export type { Projection, ProjectionOptions } from './projection/projection';
