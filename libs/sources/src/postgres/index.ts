export { createPostgresConnector } from './connector';
export { DIGEST_TEST_VECTORS } from './digest-test-vectors';
export type { DigestTestVector } from './digest-test-vectors';
export { PINNED_TEXT_SETTINGS_SQL } from './pinned-settings';
export { quoteIdentifier, quoteLiteral } from './quoting';
export {
  agreedHashes,
  digestSql,
  hashVectorAgrees,
  hashVectorSql,
  keyTextSql,
  recordVersionSql,
} from './record-version';
export type { Query } from './record-version';
export type { PostgresConnectorSettings } from './settings';
