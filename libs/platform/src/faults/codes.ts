/**
 * Why something broke, one entry per cause, in words for the person who operates Daymark. The codes are stable: scripts
 * may compare them.
 */
export const faultSentences = {
  CONFIGURATION_INVALID: 'The configuration cannot be used; the detail lists every problem.',
  HOME_IN_USE: 'Another Daymark is running on this home folder.',
  HOME_OF_ANOTHER_USER: 'The home folder belongs to another user than the one that runs Daymark.',
  CLUSTER_VERSION_MISMATCH: 'The database files were written by another major version of PostgreSQL.',
  CLUSTER_PASSWORD_LOST: 'The database files exist but the file with their password does not.',
  POSTGRES_START_FAILED: 'The embedded PostgreSQL could not be started.',
  POSTGRES_STOP_FAILED: 'The embedded PostgreSQL could not be stopped.',
  SECRET_REFERENCE_INVALID: 'A secret is given neither as env:NAME nor as file:path.',
  SECRET_NOT_ALLOWED: 'A secret is referred to that the configuration does not allow to be read.',
  SECRET_NOT_FOUND: 'A secret that is referred to does not exist or is empty.',
  MIGRATION_CHANGED: 'A migration differs from the one that was applied under its number.',
  MIGRATION_UNKNOWN: 'The database was migrated by a newer version.',
  MIGRATION_FAILED: 'A migration could not be applied; nothing of it was kept.',
} as const;

export type FaultCode = keyof typeof faultSentences;
