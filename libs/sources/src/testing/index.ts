export { describeSourceConnector } from './describe-source-connector';
export { censusObject, faultOf, readCopyRows, readElements, readFingerprints } from './reading';
export type { ReadElement } from './reading';
export type { SourceWorld, SourceWorldFactory, WorldElement } from './world';
