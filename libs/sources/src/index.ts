export { SourceFault } from './port';
export type {
  Census,
  DayCensus,
  HashAlgorithm,
  Retention,
  SessionOptions,
  SnapshotSession,
  SourceColumn,
  SourceConnector,
  SourceDescription,
  SourceFaultCode,
} from './port';
